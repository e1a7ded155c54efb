export { eventually } from './eventually.js';
export { type SelfSigned, selfSigned } from './self-signed.js';
export { type HostAnswer, HostSink, type ReceivedPush } from './host-sink.js';
export { type ProxyMode, TcpProxy } from './tcp-proxy.js';
export { createTestDatabase, type TestDatabase, testNatsUrl } from './test-database.js';
