<?php
// The story of client_story.py, told by PHP's SoapClient in WSDL mode.

[, $booking_url, $setup_url, $user, $password, $version, $session, $title, $start, $end, $system] = $argv;
const NAMESPACE_URI = 'http://tandberg.net/2004/02/tms/external/booking/';

set_error_handler(function (int $level, string $message, string $file, int $line): never {
    throw new ErrorException($message, 0, $level, $file, $line);
});

function client(string $url, string $namespace): SoapClient
{
    global $user, $password, $version, $session;
    $client = new SoapClient("$url?wsdl", [
        'login' => $user,
        'password' => $password,
        'soap_version' => $version === '1.2' ? SOAP_1_2 : SOAP_1_1,
        'cache_wsdl' => WSDL_CACHE_NONE,
        'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
    ]);
    $header = ['ClientVersionIn' => 23, 'ClientSession' => $session];
    $client->__setSoapHeaders(new SoapHeader($namespace, 'ExternalAPIVersionSoapHeader', $header));
    return $client;
}

function tell(string $name, mixed $value): void
{
    echo $name, '=', is_bool($value) ? ($value ? 'true' : 'false') : $value, "\n";
}

$setup = client($setup_url, NAMESPACE_URI . 'remotesetup/');
tell('alive', $setup->IsAlive()->IsAliveResult);
$systems = $setup->GetSystems()->GetSystemsResult->TMSSystem;
tell('systems', implode(',', array_map(fn($found) => $found->SystemId, $systems)));

$booking = client($booking_url, NAMESPACE_URI);
$since = fn(int $last) => $booking->GetTransactionsSince(['CurrentTransactionId' => $last])
    ->GetTransactionsSinceResult->Transaction ?? [];
$before = array_map(fn($change) => $change->TransactionId, $since(0));

$conference = $booking->GetDefaultConference()->GetDefaultConferenceResult;
tell('unsaved', $conference->ConferenceId);
$conference->Title = $title;
$conference->StartTimeUTC = $start;
$conference->EndTimeUTC = $end;
$conference->Participants = ['Participant' => [
    ['ParticipantId' => 0, 'NameOrNumber' => 'SIP Dial-in 1', 'ParticipantCallType' => 'SIP <-'],
    ['ParticipantId' => 0, 'NameOrNumber' => 'SIP Dial-in 2', 'ParticipantCallType' => 'SIP <-'],
    ['ParticipantId' => (int) $system, 'ParticipantCallType' => 'TMS'],
]];
$saved = $booking->SaveConference(['Conference' => $conference])->SaveConferenceResult;
tell('conference', $saved->ConferenceId);
tell('title', $saved->Title);
tell('start', $saved->StartTimeUTC);
tell('end', $saved->EndTimeUTC);
tell('join_uri', $saved->JoinUri);
$parties = array_map(
    fn($party) => "$party->ParticipantId $party->ParticipantCallType",
    $saved->Participants->Participant
);
tell('participants', implode(';', $parties));

try {
    $booking->SaveConference(['Conference' => $conference]);
} catch (SoapFault $fault) {
    tell('fault_code', $fault->detail->errorcode);
    tell('fault_message', $fault->getMessage());
}

$booking->DeleteConferenceById(['ConferenceId' => $saved->ConferenceId]);
$found = $booking->GetConferenceById(['ConferenceId' => $saved->ConferenceId])->GetConferenceByIdResult;
tell('status', $found->ConferenceState->Status);
$changes = array_map(fn($change) => "$change->ConferenceId $change->TransType", $since($before ? max($before) : 0));
tell('transactions', implode(';', $changes));
