import type { AppKey } from '../auth/apps.js';
import { grantToken } from '../auth/token-requests.js';
import { refusal } from '../protocol/errors.js';
import type { RestRequest, RestResponse } from './server.js';

/** GET /time */
export function time({ world }: RestRequest): RestResponse {
  return { status: 200, body: [world.clock.now()] };
}

/** POST /keys/:keyName/requestToken */
export async function requestToken(request: RestRequest): Promise<RestResponse> {
  const { world, params, credentials, body } = request;
  const key = world.apps.key(params.keyName!);
  if (key === undefined) throw refusal('NOT_FOUND', `not found: the server has no key ${params.keyName}`);
  const trusted = credentials.key !== undefined && (await isKey(request, key));
  return { status: 201, body: grantToken(world, key, body, trusted) };
}

async function isKey(request: RestRequest, key: AppKey): Promise<boolean> {
  const { identity } = await request.authenticate();
  return identity.token === undefined && identity.key === key;
}
