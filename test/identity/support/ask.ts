import { verifyAblyJwt } from 'ably-jwt';

/** The key that the guides' apps have in their environment. */
export const ablyKey = 'identityApp.key1:identity-Secret_0123456789';

/** What an endpoint answers: whose token it is and what it may do, or the status of an error. */
export async function answerOf(response: Response | Promise<Response>): Promise<unknown> {
  const { status, ...body } = await read(await response);
  if (status !== 200) return status;
  const { clientId, capability } = await verifyAblyJwt(body.text, ablyKey);
  return { clientId, publishes: capability!['chat:*']!.includes('publish') };
}

async function read(response: Response) {
  return { status: response.status, text: await response.text() };
}

type Handler = (request: Request) => Promise<Response>;

/** Asks a Fetch API handler as the page does, with these headers. */
export const ask = (handler: Handler, headers: Record<string, string> = {}): Promise<unknown> =>
  answerOf(handler(new Request('https://app.example.com/ably', { headers })));

/** A user of a provider, who may listen and publish. */
export const userOf = (clientId: string) => ({ clientId, publishes: true });
