// The same story with NTLM, in version 2 as Windows speaks it; by itself Mono speaks version 1.

using Mono.Security.Protocol.Ntlm;

static class NtlmStory
{
    static void Main(string[] given)
    {
        Type3Message.DefaultAuthLevel = NtlmAuthLevel.NTLMv2_only;
        Story.Main(given);
    }
}
