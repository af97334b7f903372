// One import of cold-start.mjs, in a process of its own: this file has loaded, as an app's own file has before it imports.
const [, , name, sign] = process.argv;
const start = performance.now();
const module = await import(name);
if (sign === 'sign') {
  await module.createAblyJwt('appId.keyId:secret', {
    capability: { 'chat:*': ['subscribe'] },
    clientId: 'alice',
  });
}
console.log(performance.now() - start);
