// The story of client_story.py, told by the proxy classes that "wsdl" writes, as .NET programs use them.
// Each version of SOAP has proxy classes of its own; this file is compiled with one of them.

using System;
using System.Linq;
using System.Net;
using System.Reflection;
using System.Web.Services.Protocols;
using System.Xml.Serialization;

static class Story
{
    static void Tell(string name, object value)
    {
        Console.WriteLine("{0}={1}", name, value);
    }

    // Generated names of values differ; what is on the wire stands in an attribute.
    static string Wire(Enum value)
    {
        var field = value.GetType().GetField(value.ToString());
        var attribute = field.GetCustomAttribute<XmlEnumAttribute>();
        return attribute == null ? value.ToString() : attribute.Name;
    }

    static Booking.ParticipantType TypeNamed(string wire)
    {
        return Enum.GetValues(typeof(Booking.ParticipantType))
            .Cast<Booking.ParticipantType>()
            .First(value => Wire(value) == wire);
    }

    static Booking.Participant Party(string type, int id, string name)
    {
        return new Booking.Participant
        {
            ParticipantId = id,
            NameOrNumber = name,
            ParticipantCallType = TypeNamed(type),
        };
    }

    internal static void Main(string[] given)
    {
        Console.OutputEncoding = new System.Text.UTF8Encoding(false);
        var credentials = new NetworkCredential(given[2], given[3]);
        var session = given[5];

        var setup = new Setup.RemoteSetupService
        {
            Url = given[1],
            Credentials = credentials,
            ExternalAPIVersionSoapHeaderValue = new Setup.ExternalAPIVersionSoapHeader
            {
                ClientVersionIn = 23,
                ClientSession = session,
            },
        };
        Tell("alive", setup.IsAlive() ? "true" : "false");
        Tell("systems", string.Join(",", setup.GetSystems().Select(system => system.SystemId)));

        var booking = new Booking.BookingService
        {
            Url = given[0],
            Credentials = credentials,
            ExternalAPIVersionSoapHeaderValue = new Booking.ExternalAPIVersionSoapHeader
            {
                ClientVersionIn = 23,
                ClientSession = session,
            },
        };
        var last = booking.GetTransactionsSince(0, null).Select(t => t.TransactionId).DefaultIfEmpty(0).Max();

        var conference = booking.GetDefaultConference();
        Tell("unsaved", conference.ConferenceId);
        conference.Title = given[6];
        conference.StartTimeUTC = given[7];
        conference.EndTimeUTC = given[8];
        conference.Participants = new[]
        {
            Party("SIP <-", 0, "SIP Dial-in 1"),
            Party("SIP <-", 0, "SIP Dial-in 2"),
            Party("TMS", int.Parse(given[9]), null),
        };
        var saved = booking.SaveConference(conference);
        Tell("conference", saved.ConferenceId);
        Tell("title", saved.Title);
        Tell("start", saved.StartTimeUTC);
        Tell("end", saved.EndTimeUTC);
        Tell("join_uri", saved.JoinUri);
        Tell("participants", string.Join(";",
            saved.Participants.Select(p => p.ParticipantId + " " + Wire(p.ParticipantCallType))));

        try
        {
            booking.SaveConference(conference);
        }
        catch (SoapException error)
        {
            var code = error.Detail.ChildNodes.Cast<System.Xml.XmlNode>().First(n => n.LocalName == "errorcode");
            Tell("fault_code", code.InnerText);
            Tell("fault_message", error.Message);
        }

        booking.DeleteConferenceById(saved.ConferenceId);
        Tell("status", booking.GetConferenceById(saved.ConferenceId).ConferenceState.Status);
        Tell("transactions", string.Join(";",
            booking.GetTransactionsSince(last, null).Select(t => t.ConferenceId + " " + t.TransType)));
    }
}
