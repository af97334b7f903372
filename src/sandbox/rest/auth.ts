import type { AppKey } from '../auth/apps.js';
import { grantToken } from '../auth/token-requests.js';
import { protocolError } from '../protocol/errors.js';
import type { RestRequest, RestResponse } from './types.js';

/** GET /time */
export function time({ context }: RestRequest): RestResponse {
  return { status: 200, body: [context.clock.now()] };
}

/** POST /keys/:keyName/requestToken */
export async function requestToken(request: RestRequest): Promise<RestResponse> {
  const { context, params, credentials } = request;
  const key = context.apps.key(params.keyName!);
  if (key === undefined)
    throw protocolError('NOT_FOUND', `not found: the server has no key ${params.keyName!.split(':', 1)[0]}`);
  const trusted = credentials.key !== undefined && (await isKey(request, key));
  return { status: 201, body: grantToken(context, key, await request.body(), trusted) };
}

async function isKey(request: RestRequest, key: AppKey): Promise<boolean> {
  const { identity } = await request.authenticate();
  return identity.token === undefined && identity.key === key;
}
