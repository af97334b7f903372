/** Stands for your own sessions: who sent this request, or null. Here it believes a cookie; yours must not. */
export async function getUser(request: Request): Promise<{ id: string; isModerator: boolean } | null> {
  const id = /(?:^|; )user=([\w-]+)/.exec(request.headers.get('cookie') ?? '')?.[1];
  return id === undefined ? null : { id, isModerator: id === 'mod' };
}
