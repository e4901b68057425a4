"""The enumerations of both services, values in the order of the contract.

Source: TMSBA guide, Conference Object, Participant, RecurrencePattern, TMSSystem Object; the order
and the exact spelling are those of the WSDL that real servers publish.
"""

from tmsba.soap.types.simple import enumeration

Bandwidth = enumeration(
    "Bandwidth",
    "1b/64kbps",
    "2b/128kbps",
    "3b/192kbps",
    "4b/256kbps",
    "5b/320kbps",
    "6b/384kbps",
    "8b/512kbps",
    "12b/768kbps",
    "18b/1152kbps",
    "23b/1472kbps",
    "30b/1920kbps",
    "32b/2048kbps",
    "48b/3072kbps",
    "64b/4096kbps",
    "7b/448kbps",
    "40b/2560kbps",
    "96b/6144kbps",
    "Max",
    "6000kbps",
    "Default",
)
BookingMode = enumeration("BookingMode", "Strict", "BestEffortForced")
ConferenceStatus = enumeration(
    "ConferenceStatus",
    "All",
    "AllExceptDeleted",
    "Pending",
    "Ongoing",
    "Finished",
    "PendingAndOngoing",
    "MeetingRequest",
    "Rejected",
    "NotSaved",
    "Defective",
    "Deleted",
)
ConferenceType = enumeration(
    "ConferenceType",
    "Reservation Only",
    "Automatic Call Launch",
    "Manual Call Launch",
    "Default",
    "Ad-Hoc conference",
    "One Button To Push",
    "No Connect",
)
DataConferenceMode = enumeration("DataConferenceMode", "Yes", "No", "If Possible", "Default")
DayOfWeek = enumeration(
    "DayOfWeek", "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"
)
#: The one enumeration of flags: on the wire a list of values with blanks between them.
ElementsPossibleToExcludeInEmail = enumeration(
    "ElementsPossibleToExcludeInEmail",
    "None",
    "MeetingPassword",
    "HostKey",
    "LocalCallInTollFreeNumber",
    "GlobalCallInNumberUrl",
)
EncryptionRequested = enumeration("EncryptionRequested", "Yes", "No", "If Possible", "Default")
ExceptionIdRange = enumeration("ExceptionIdRange", "None", "ThisAndFuture", "ThisAndPrior", "Default")
ExceptionType = enumeration("ExceptionType", "ADD", "MODIFY", "DELETE")
ExtendOptionRequested = enumeration("ExtendOptionRequested", "Yes", "No", "Default", "AutomaticBestEffort")
MailContentType = enumeration("MailContentType", "PlainText", "Html")
MailMessageType = enumeration("MailMessageType", "Information", "Warning", "Error")
ParticipantType = enumeration(
    "ParticipantType",
    "TMS",
    "IP Video <-",
    "IP Tel <-",
    "ISDN Video <-",
    "Telephone <-",
    "IP Video ->",
    "IP Tel ->",
    "ISDN Video ->",
    "Telephone ->",
    "Directory",
    "User",
    "SIP <-",
    "SIP ->",
    "3G <-",
    "3G ->",
    "TMS Master Participant",
    "SIP Tel <-",
    "SIP Tel ->",
)
PictureMode = enumeration("PictureMode", "Continuous Presence", "Enhanced CP", "Voice Switched", "Default")
RecurrenceEndType = enumeration("RecurrenceEndType", "EndByDate", "EndByInstances", "EndNever", "Default")
RecurringFrequency = enumeration(
    "RecurringFrequency",
    "Daily",
    "DailyWeekday",
    "Weekly",
    "Monthly",
    "Yearly",
    "Secondly",
    "Minutely",
    "Hourly",
    "Default",
)
TransactionType = enumeration("TransactionType", "New", "Updated", "Deleted", "ListIncomplete")
WebExInstanceType = enumeration("WebExInstanceType", "Normal", "Delete", "Modify")

SystemCategory = enumeration("SystemCategory", "Endpoint", "Equipment", "Room", "Recording")
SystemStatus = enumeration("SystemStatus", "Alive", "Idle", "InCall", "NoResponse", "Unknown")

#: Enumerations of which several values may be set at once.
FLAGS = frozenset({"ElementsPossibleToExcludeInEmail"})
