/** Whether browsers could send this as an `Origin`. They never send a pattern. */
export function isOrigin(text: string): boolean {
  if (!URL.canParse(text) || text.includes('*')) return false;
  // Not the URL's own origin, which is null for the schemes of app shells, such as capacitor://localhost.
  const { protocol, host } = new URL(text);
  return host !== '' && `${protocol}//${host}` === text;
}
