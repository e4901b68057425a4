// The story of client_story.py, told by the package "soap".

import { createClientAsync, BasicAuthSecurity } from "soap";

const [bookingUrl, setupUrl, user, password, version, session, title, start, end, system] =
  process.argv.slice(2);
const NAMESPACE = "http://tandberg.net/2004/02/tms/external/booking/";
const AUTHORIZATION = "Basic " + Buffer.from(`${user}:${password}`).toString("base64");

async function client(url, namespace) {
  const found = await createClientAsync(`${url}?wsdl`, {
    wsdl_headers: { Authorization: AUTHORIZATION },
    forceSoap12Headers: version === "1.2",
    disableCache: true,
  });
  found.setSecurity(new BasicAuthSecurity(user, password));
  found.addSoapHeader(
    { ExternalAPIVersionSoapHeader: { ClientVersionIn: 23, ClientSession: session } },
    "",
    "own",
    namespace,
  );
  return found;
}

function tell(name, value) {
  console.log(`${name}=${value}`);
}

const setup = await client(setupUrl, `${NAMESPACE}remotesetup/`);
tell("alive", (await setup.IsAliveAsync({}))[0].IsAliveResult);
const [systems] = await setup.GetSystemsAsync({});
tell("systems", systems.GetSystemsResult.TMSSystem.map((found) => found.SystemId).join());

const booking = await client(bookingUrl, NAMESPACE);
async function changesSince(last) {
  const [answer] = await booking.GetTransactionsSinceAsync({ CurrentTransactionId: last });
  return answer.GetTransactionsSinceResult?.Transaction ?? [];
}
const before = (await changesSince(0)).map((change) => change.TransactionId);

const [unsaved] = await booking.GetDefaultConferenceAsync({});
const conference = unsaved.GetDefaultConferenceResult;
tell("unsaved", conference.ConferenceId);
conference.Title = title;
conference.StartTimeUTC = start;
conference.EndTimeUTC = end;
conference.Participants = {
  Participant: [
    { ParticipantId: 0, NameOrNumber: "SIP Dial-in 1", ParticipantCallType: "SIP <-" },
    { ParticipantId: 0, NameOrNumber: "SIP Dial-in 2", ParticipantCallType: "SIP <-" },
    { ParticipantId: Number(system), ParticipantCallType: "TMS" },
  ],
};
const [answer] = await booking.SaveConferenceAsync({ Conference: conference });
const saved = answer.SaveConferenceResult;
tell("conference", saved.ConferenceId);
tell("title", saved.Title);
tell("start", saved.StartTimeUTC);
tell("end", saved.EndTimeUTC);
tell("join_uri", saved.JoinUri);
const parties = saved.Participants.Participant;
tell("participants", parties.map((p) => `${p.ParticipantId} ${p.ParticipantCallType}`).join(";"));

try {
  await booking.SaveConferenceAsync({ Conference: conference });
} catch (error) {
  const fault = error.root.Envelope.Body.Fault;
  const code = (fault.detail ?? fault.Detail).errorcode;
  tell("fault_code", code.$value ?? code);
  const reason = fault.faultstring ?? fault.Reason.Text;
  tell("fault_message", reason.$value ?? reason);
}

await booking.DeleteConferenceByIdAsync({ ConferenceId: saved.ConferenceId });
const [found] = await booking.GetConferenceByIdAsync({ ConferenceId: saved.ConferenceId });
tell("status", found.GetConferenceByIdResult.ConferenceState.Status);
const changes = await changesSince(Math.max(0, ...before));
tell("transactions", changes.map((change) => `${change.ConferenceId} ${change.TransType}`).join(";"));
