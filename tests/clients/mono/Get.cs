// Gets an address with a name, a password and a domain, and tells the status of the answer.

using System;
using System.Net;

static class Get
{
    static void Main(string[] given)
    {
        var request = (HttpWebRequest)WebRequest.Create(given[0]);
        request.Credentials = new NetworkCredential(given[1], given[2], given[3]);
        try
        {
            Console.WriteLine((int)((HttpWebResponse)request.GetResponse()).StatusCode);
        }
        catch (WebException error)
        {
            Console.WriteLine((int)((HttpWebResponse)error.Response).StatusCode);
        }
    }
}
