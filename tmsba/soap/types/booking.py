"""The objects of the booking service, members in the order of the contract.

Source: TMSBA guide, Conference Object to IPBandwidth, Booking API functions, The SOAP Header.
"""

from tmsba.soap.types import values
from tmsba.soap.types.simple import (
    BigInteger,
    BookingObject,
    Flag,
    Int,
    Long,
    NillableText,
    NillableWallTime,
    OptionalFlag,
    OptionalLong,
    Text,
    TextLines,
    array_of,
    optional,
)


class ExternalAPIVersionSoapHeader(BookingObject):
    """Who calls, and which API version it understands (TMSBA guide, The SOAP Header)."""

    ClientVersionIn = Int
    ClientIdentifierIn = Text
    ClientLatestNamespaceIn = Text
    NewServiceURL = Text
    ClientSession = Text


class ContextHeader(BookingObject):
    """What to mail, and in which language errors are wanted (TMSBA guide, ContextHeader)."""

    SendConfirmationMail = Flag
    ExcludeConferenceInformation = Flag
    ClientLanguage = Text


class VersionSoapHeader(BookingObject):
    """The server's own API version, in the answer of GetDefaultConference."""

    ConfAPIVersion = Int


class WebExTelephony(BookingObject):
    """Numbers for calling in to a WebEx meeting."""

    LocalCallInTollNumber = Text
    LocalCallInTollFreeNumber = Text
    GlobalCallInNumberUrl = Text
    PstnDialInNumber = Text
    DtmfSequence = Text
    ParticipantAccessCode = Text


class WebExWarning(BookingObject):
    """Something a WebEx site did otherwise than asked."""

    WarningCode = Text
    WarningDescription = Text


class WebExError(BookingObject):
    """Something a WebEx site refused."""

    ErrorCode = Text
    ErrorDescription = Text


class WebEx(BookingObject):
    """A WebEx meeting that belongs to a conference."""

    MeetingKey = NillableText
    SipUrl = NillableText
    ElementsToExclude = values.ElementsPossibleToExcludeInEmail
    MeetingPassword = NillableText
    JoinMeetingUrl = NillableText
    HostMeetingUrl = NillableText
    HostKey = Text
    JoinBeforeHostTime = Text
    Telephony = optional(WebExTelephony)
    TmsShouldUpdateMeeting = Flag
    SiteUrl = NillableText
    UsePstn = Flag
    OwnedExternally = Flag
    Warnings = array_of(WebExWarning)
    Errors = array_of(WebExError)


class WebExState(BookingObject):
    """Whether an occurrence of a WebEx series is an exception."""

    WebExInstanceType = values.WebExInstanceType


class WebExSiteDefaults(BookingObject):
    """What a WebEx site uses when a booking does not say."""

    UsePstn = Flag
    SiteUrl = Text


class ExternalHost(BookingObject):
    """The address of a conference that is held on somebody else's bridge."""

    DialString = NillableText


class ExternalConference(BookingObject):
    """The part of a conference that is held elsewhere."""

    WebEx = optional(WebEx)
    ExternallyHosted = optional(ExternalHost)
    WebExState = optional(WebExState)


class Participant(BookingObject):
    """One entry of a conference's participant list."""

    ParticipantId = Int
    NameOrNumber = Text
    EmailAddress = Text
    ParticipantCallType = values.ParticipantType


class BandwidthOverride(BookingObject):
    """A bandwidth for IP or ISDN participants alone."""

    Bandwidth = values.Bandwidth


class ConferenceState(BookingObject):
    """What has become of a conference."""

    Status = values.ConferenceStatus


class TimeChangeAbsoluteRule(BookingObject):
    """A clock change on a date."""

    Month = Int
    DayOfMonth = Int


class TimeChangeRelativeRule(BookingObject):
    """A clock change on a weekday of a week of a month."""

    Month = Int
    DayOfTheWeek = Int
    WeekOfTheMonthIndex = Int


class TimeChange(BookingObject):
    """When the clocks change, by one rule of the two."""

    ChangeSecondAtDay = Int
    AbsoluteRule = optional(TimeChangeAbsoluteRule)
    RelativeRule = optional(TimeChangeRelativeRule)


class TimeZoneRule(BookingObject):
    """A zone's offset and clock changes from a moment on."""

    ValidFrom = NillableWallTime
    Id = Text
    DisplayName = Text
    BaseOffsetInMinutes = Int
    Daylight = optional(TimeChange)
    DaylightOffsetInMinutes = Int
    Standard = optional(TimeChange)


class RecurrenceException(BookingObject):
    """A date of a series that differs from the pattern; ``ModifiedData`` follows below."""

    ExceptionType = values.ExceptionType
    RecurrenceIdUTC = Text
    RecurrenceIdRange = values.ExceptionIdRange
    ModifiedMask = Int


class RecurrencePattern(BookingObject):
    """How a series repeats."""

    FrequencyType = values.RecurringFrequency
    Interval = Int
    DaysOfWeek = array_of(values.DayOfWeek, is_nillable=False)
    FirstDayOfWeek = values.DayOfWeek
    BySetPosition = Int
    ByMonthDay = BigInteger
    PatternEndType = values.RecurrenceEndType
    PatternEndDateUTC = Text
    FirstOccurrenceRecInstanceIdUTC = Text
    PatternInstances = Int
    Exceptions = array_of(RecurrenceException)


class Conference(BookingObject):
    """A meeting, an occurrence of a series, or a series (TMSBA guide, Conference Object)."""

    ConferenceId = Int
    Title = Text
    StartTimeUTC = Text
    EndTimeUTC = Text
    RecurrenceInstanceIdUTC = Text
    RecurrenceInstanceType = Text
    FirstOccurrenceRecInstanceIdUTC = Text
    RecurrencePattern = optional(RecurrencePattern)
    OwnerId = Long
    OwnerUserName = Text
    OwnerFirstName = Text
    OwnerLastName = Text
    OwnerEmailAddress = Text
    ConferenceType = values.ConferenceType
    Bandwidth = values.Bandwidth
    PictureMode = values.PictureMode
    Encrypted = values.EncryptionRequested
    DataConference = values.DataConferenceMode
    ShowExtendOption = values.ExtendOptionRequested
    Password = Text
    BillingCode = Text
    ISDNRestrict = Flag
    ExternalConference = optional(ExternalConference)
    EmailTo = Text
    ConfBundleId = Text
    ConfOwnerId = Text
    ConferenceInfoText = TextLines
    ConferenceInfoHtml = TextLines
    UserMessageText = TextLines
    ExternalSourceId = Text
    ExternalPrimaryKey = Text
    DetachedFromExternalSourceId = Text
    DetachedFromExternalPrimaryKey = Text
    Participants = array_of(Participant)
    RecordedConferenceUri = Text
    WebConferencePresenterUri = Text
    WebConferenceAttendeeUri = Text
    ISDNBandwidth = optional(BandwidthOverride)
    IPBandwidth = optional(BandwidthOverride)
    ConferenceLanguage = Text
    ConferenceTimeZoneRules = array_of(TimeZoneRule)
    ConferenceState = optional(ConferenceState)
    Version = BigInteger
    Location = Text
    Invitees = Text
    SecretCode = Text
    MeetingSource = Text
    PrivacyFlag = Text
    JoinUri = Text
    JoinUrl = Text
    IsRecordingEnabled = OptionalFlag
    TransactionId = OptionalLong


# A date that differs holds a whole conference, so this member can only be added now.
RecurrenceException.append_field("ModifiedData", optional(Conference))


class SaveConferenceResult(BookingObject):
    """What the saves with a booking mode answer: the conference, one level deeper."""

    Conference = optional(Conference)


class ConferenceMail(BookingObject):
    """A mail about a conference, ready to be sent."""

    ContentType = values.MailContentType
    MailContent = TextLines
    MailSubject = Text


class MailMessage(BookingObject):
    """Lines that a client wants in a mail."""

    Lines = array_of(TextLines)


class TypedMailMessage(BookingObject):
    """A message of a client and how serious it is."""

    MessageType = values.MailMessageType
    Message = optional(MailMessage)


class Transaction(BookingObject):
    """A change of a conference, for clients that know conference ids."""

    TransactionId = Int
    ConferenceId = Int
    TransType = values.TransactionType
    PerformedByUserId = Int
    ParticipantIds = Text


class ConferenceTransaction(BookingObject):
    """A change of a conference, for clients that know external ids."""

    TransactionId = Long
    ExternalSourceId = Text
    ExternalPrimaryKey = Text
    RecurrenceInstanceIdUTC = Text
    TransType = values.TransactionType
    PerformedByUserId = Int
    ParticipantIds = Text


class AliasInfo(BookingObject):
    """A recording alias of a recording system."""

    SystemId = Int
    AliasId = Text


class RecordingDevice(BookingObject):
    """A recording system with the aliases a user may use."""

    Name = Text
    Aliases = array_of(AliasInfo)
