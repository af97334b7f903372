/** What the guide about devices calls `findDevice`: stands for the reader's own register of devices. */
export async function findDevice(authorization: string | null): Promise<{ id: string } | null> {
  return authorization === 'Bearer secret of 42' ? { id: '42' } : null;
}
