// The packages that come with the sandbox: the build makes one minified file of them, with their licenses in it.
export { decode, Encoder } from '@msgpack/msgpack';
export { WebSocketServer } from 'ws';
