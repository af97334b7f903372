import { startAblySandbox } from 'ably-jwt/testing';
import { WebSocket } from 'ws';

// A program that has used a sandbox in every way that could keep it alive, and doesn't exit by itself.
const sandbox = await startAblySandbox({ keys: [{ revocableTokens: true }] });
const sockets = ['1', '2'].map(() => new WebSocket(`ws://localhost:${sandbox.port}/?key=${sandbox.apiKey}`));
await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('message', resolve))));
await (await fetch(`${sandbox.url}/time`)).text();
sandbox.revoke({ clientId: 'x' }, { allowReauthMargin: true });
sandbox.drop({ connectionId: sandbox.connections[0]?.connectionId });
sockets[1]?.send('{"action":7}');
await sandbox.close();
console.log('closed');
