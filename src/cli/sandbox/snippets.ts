/** What tells one of Ably's SDKs to use a server of one's own. */
interface Snippet {
  readonly sdk: string;
  readonly lines: readonly string[];
}

/**
 * Ready-to-paste options for Ably's SDKs, as their sources name them. They use token auth: most SDKs refuse to send a
 * key without TLS.
 */
export function snippets(port: number): readonly Snippet[] {
  return [
    {
      sdk: 'JavaScript',
      lines: [
        `new Ably.Realtime({ endpoint: 'localhost', port: ${port}, tls: false,`,
        '                    authUrl })',
      ],
    },
    {
      sdk: 'Python',
      lines: [
        `AblyRealtime(rest_host='localhost', realtime_host='localhost:${port}',`,
        `             port=${port}, tls=False, auth_url=auth_url)`,
        '# The port is there twice because realtime leaves it out (ably-python #567).',
      ],
    },
    {
      sdk: 'Ruby',
      lines: [
        `Ably::Realtime.new(rest_host: 'localhost', realtime_host: 'localhost',`,
        `                   port: ${port}, tls: false, auth_url: auth_url)`,
      ],
    },
    {
      sdk: 'Go',
      lines: [
        'ably.NewRealtime(ably.WithAuthURL(authURL), ably.WithTLS(false),',
        '\tably.WithRESTHost("localhost"), ably.WithRealtimeHost("localhost"),',
        `\tably.WithPort(${port}))`,
      ],
    },
    {
      sdk: 'Java',
      lines: [
        'ClientOptions options = new ClientOptions();',
        'options.restHost = options.realtimeHost = "localhost";',
        `options.port = ${port}; options.tls = false; options.authUrl = authUrl;`,
      ],
    },
    {
      sdk: 'PHP',
      lines: [
        `new Ably\\AblyRest(['restHost' => 'localhost', 'port' => ${port},`,
        `    'tls' => false, 'authUrl' => $authUrl])`,
      ],
    },
    {
      sdk: '.NET',
      lines: [
        'new ClientOptions { RestHost = "localhost", RealtimeHost = "localhost",',
        `    Port = ${port}, Tls = false, AuthUrl = new Uri(authUrl) }`,
      ],
    },
    {
      sdk: 'Swift',
      lines: [
        'let options = ARTClientOptions()',
        'options.restHost = "localhost"; options.realtimeHost = "localhost"',
        `options.port = ${port}; options.tls = false`,
        'options.authUrl = URL(string: authUrl)',
      ],
    },
  ];
}
