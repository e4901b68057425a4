// The story of client_story.py, told by the classes that "wsimport" writes.

import com.sun.xml.ws.api.message.Headers;
import com.sun.xml.ws.developer.WSBindingProvider;
import java.io.PrintStream;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.soap.SOAPFaultException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import tmsba.booking.*;
import tmsba.setup.RemoteSetupService;
import tmsba.setup.RemoteSetupServiceSoap;
import tmsba.setup.TMSSystem;

public class Story {
    static final String NAMESPACE = "http://tandberg.net/2004/02/tms/external/booking/";
    static PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    static void tell(String name, Object value) {
        out.println(name + "=" + value);
    }

    static void prepare(Object port, String[] given, String namespace) throws Exception {
        var context = ((BindingProvider) port).getRequestContext();
        context.put(BindingProvider.USERNAME_PROPERTY, given[2]);
        context.put(BindingProvider.PASSWORD_PROPERTY, given[3]);
        var factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        Document document = factory.newDocumentBuilder().newDocument();
        Element header = document.createElementNS(namespace, "ExternalAPIVersionSoapHeader");
        for (String[] pair : new String[][] {{"ClientVersionIn", "23"}, {"ClientSession", given[5]}}) {
            header.appendChild(document.createElementNS(namespace, pair[0])).setTextContent(pair[1]);
        }
        ((WSBindingProvider) port).setOutboundHeaders(Headers.create(header));
    }

    static Participant party(String type, int id, String name) {
        var made = new Participant();
        made.setParticipantId(id);
        made.setNameOrNumber(name);
        made.setParticipantCallType(type);
        return made;
    }

    static List<Transaction> since(BookingServiceSoap booking, int last) {
        var found = booking.getTransactionsSince(last, null);
        return found == null ? new ArrayList<>() : found.getTransaction();
    }

    static String errorcode(SOAPFaultException error) {
        for (Node node = error.getFault().getDetail().getFirstChild(); node != null; node = node.getNextSibling()) {
            if ("errorcode".equals(node.getLocalName())) {
                return node.getTextContent();
            }
        }
        return "";
    }

    public static void main(String[] given) throws Exception {
        Authenticator.setDefault(new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return new PasswordAuthentication(given[2], given[3].toCharArray());
            }
        });
        boolean isSoap12 = given[4].equals("1.2");

        var setupService = new RemoteSetupService(new URL(given[1] + "?wsdl"));
        RemoteSetupServiceSoap setup = isSoap12
            ? setupService.getRemoteSetupServiceSoap12()
            : setupService.getRemoteSetupServiceSoap();
        prepare(setup, given, NAMESPACE + "remotesetup/");
        tell("alive", setup.isAlive());
        tell("systems", setup.getSystems().getTMSSystem().stream()
            .map(TMSSystem::getSystemId).map(String::valueOf).collect(Collectors.joining(",")));

        var bookingService = new BookingService(new URL(given[0] + "?wsdl"));
        BookingServiceSoap booking = isSoap12
            ? bookingService.getBookingServiceSoap12()
            : bookingService.getBookingServiceSoap();
        prepare(booking, given, NAMESPACE);
        int last = since(booking, 0).stream().mapToInt(Transaction::getTransactionId).max().orElse(0);

        Conference conference = booking.getDefaultConference();
        tell("unsaved", conference.getConferenceId());
        conference.setTitle(given[6]);
        conference.setStartTimeUTC(given[7]);
        conference.setEndTimeUTC(given[8]);
        var participants = new ArrayOfParticipant();
        participants.getParticipant().add(party("SIP <-", 0, "SIP Dial-in 1"));
        participants.getParticipant().add(party("SIP <-", 0, "SIP Dial-in 2"));
        participants.getParticipant().add(party("TMS", Integer.parseInt(given[9]), null));
        conference.setParticipants(participants);
        Conference saved = booking.saveConference(conference);
        tell("conference", saved.getConferenceId());
        tell("title", saved.getTitle());
        tell("start", saved.getStartTimeUTC());
        tell("end", saved.getEndTimeUTC());
        tell("join_uri", saved.getJoinUri());
        tell("participants", saved.getParticipants().getParticipant().stream()
            .map(p -> p.getParticipantId() + " " + p.getParticipantCallType())
            .collect(Collectors.joining(";")));

        try {
            booking.saveConference(conference);
        } catch (SOAPFaultException error) {
            tell("fault_code", errorcode(error));
            tell("fault_message", error.getFault().getFaultString());
        }

        booking.deleteConferenceById(saved.getConferenceId());
        tell("status", booking.getConferenceById(saved.getConferenceId()).getConferenceState().getStatus().value());
        tell("transactions", since(booking, last).stream()
            .map(t -> t.getConferenceId() + " " + t.getTransType().value())
            .collect(Collectors.joining(";")));
    }
}
