/** Asks a server as one browser does: it keeps the cookies that it gets, and follows no redirect. */
export function cookieJar(origin: string) {
  const cookies = new Map<string, string>();
  const header = () => [...cookies].map((cookie) => cookie.join('=')).join('; ');
  async function send(path: string, init: RequestInit): Promise<Response> {
    const response = await fetch(origin + path, {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, cookie: header() },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      if (value === '') cookies.delete(name!);
      else cookies.set(name!, value!);
    }
    return response;
  }
  return {
    header,
    get: (path: string) => send(path, {}),
    post: (path: string, form: Record<string, string>) =>
      send(path, { method: 'POST', body: new URLSearchParams(form) }),
  };
}
