/**
 * Tokens that must come out byte for byte on every runtime and with every version: plain data, no imports, so that any
 * runner can read it. `payload` says in clear what `jwt` holds.
 */
export interface GoldenToken {
  readonly name: string;
  /** Options of `createAblyJwt`. */
  readonly options: object;
  readonly payload: string;
  readonly jwt: string;
}

export const goldenKey = 'goldenApp.golden-Key_1:golden-Secret_0123456789';

const issuedAt = new Date('2026-01-02T03:04:05.000Z');
const anyClientId = Symbol.for('ably-jwt.anyClientId');

export const goldenTokens: readonly GoldenToken[] = [
  {
    name: 'inherited capability, all defaults',
    options: { capability: 'inherit', issuedAt },
    payload: '{"iat":1767323045,"exp":1767326645}',
    jwt: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImdvbGRlbkFwcC5nb2xkZW4tS2V5XzEifQ.eyJpYXQiOjE3NjczMjMwNDUsImV4cCI6MTc2NzMyNjY0NX0.vUtfXqHd12fyZpA8UZcU1m8nlTSJ-_GtNUZYRn_pVgI',
  },
  {
    name: 'sorted capability without duplicates, clientId',
    options: {
      capability: { 'chat:*': ['subscribe', 'publish', 'subscribe'], alerts: ['history'] },
      clientId: 'alice',
      issuedAt,
    },
    payload: String.raw`{"iat":1767323045,"exp":1767326645,"x-ably-capability":"{\"alerts\":[\"history\"],\"chat:*\":[\"publish\",\"subscribe\"]}","x-ably-clientId":"alice"}`,
    jwt: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImdvbGRlbkFwcC5nb2xkZW4tS2V5XzEifQ.eyJpYXQiOjE3NjczMjMwNDUsImV4cCI6MTc2NzMyNjY0NSwieC1hYmx5LWNhcGFiaWxpdHkiOiJ7XCJhbGVydHNcIjpbXCJoaXN0b3J5XCJdLFwiY2hhdDoqXCI6W1wicHVibGlzaFwiLFwic3Vic2NyaWJlXCJdfSIsIngtYWJseS1jbGllbnRJZCI6ImFsaWNlIn0.FojbTuG_HSJsZQIik47finw27PB5b8tzt0e9MFs_8Gc',
  },
  {
    name: 'capability as JSON text with an operation of the future',
    options: { capability: '{ "b" : [ "teleport", "publish" ], "[*]*" : ["*"] }', issuedAt },
    payload: String.raw`{"iat":1767323045,"exp":1767326645,"x-ably-capability":"{\"[*]*\":[\"*\"],\"b\":[\"publish\",\"teleport\"]}"}`,
    jwt: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImdvbGRlbkFwcC5nb2xkZW4tS2V5XzEifQ.eyJpYXQiOjE3NjczMjMwNDUsImV4cCI6MTc2NzMyNjY0NSwieC1hYmx5LWNhcGFiaWxpdHkiOiJ7XCJbKl0qXCI6W1wiKlwiXSxcImJcIjpbXCJwdWJsaXNoXCIsXCJ0ZWxlcG9ydFwiXX0ifQ.93T6X8KpTGyuC-p0Roj5qYd_TUWxRUGkfqHNLkjkUzE',
  },
  {
    name: 'any clientId, ttl, revocable, revocation key',
    options: {
      revocationKey: 'session 7',
      revocable: true,
      ttl: '15m',
      clientId: anyClientId,
      capability: 'inherit',
      issuedAt,
    },
    payload: '{"iat":1767323045,"exp":1767323945,"x-ably-clientId":"*","x-ably-revocation-key":"session 7"}',
    jwt: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImdvbGRlbkFwcC5nb2xkZW4tS2V5XzEifQ.eyJpYXQiOjE3NjczMjMwNDUsImV4cCI6MTc2NzMyMzk0NSwieC1hYmx5LWNsaWVudElkIjoiKiIsIngtYWJseS1yZXZvY2F0aW9uLWtleSI6InNlc3Npb24gNyJ9.deGpcXm2xbZVQ42_hODwsLgEQ-sb7s_RYMtOGGRPnI8',
  },
  {
    name: 'time: a fraction of a second and a back-dated start',
    options: {
      capability: 'inherit',
      issuedAt: new Date('2026-01-02T03:04:05.999Z'),
      backdate: '30s',
      ttl: '1d',
    },
    payload: '{"iat":1767323015,"exp":1767409415}',
    jwt: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImdvbGRlbkFwcC5nb2xkZW4tS2V5XzEifQ.eyJpYXQiOjE3NjczMjMwMTUsImV4cCI6MTc2NzQwOTQxNX0.BngrpJl5i6JmQLmTlILtABC-IilHqtc55Qo6_7Jpp8I',
  },
  {
    name: 'channel and room claims: strings as they are, other values as JSON text',
    options: {
      capability: 'inherit',
      issuedAt,
      roomClaims: { lobby: 'host' },
      channelClaims: {
        'chat:lobby': 'moderator',
        '*': { role: 'guest', since: 2024, tags: ['a', null, true], gone: undefined },
        empty: '',
        'n:*': 1.5,
        skipped: undefined,
      },
    },
    payload: String.raw`{"iat":1767323045,"exp":1767326645,"ably.channel.chat:lobby":"moderator","ably.channel.*":"{\"role\":\"guest\",\"since\":2024,\"tags\":[\"a\",null,true]}","ably.channel.empty":"","ably.channel.n:*":"1.5","ably.room.lobby":"host"}`,
    jwt: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImdvbGRlbkFwcC5nb2xkZW4tS2V5XzEifQ.eyJpYXQiOjE3NjczMjMwNDUsImV4cCI6MTc2NzMyNjY0NSwiYWJseS5jaGFubmVsLmNoYXQ6bG9iYnkiOiJtb2RlcmF0b3IiLCJhYmx5LmNoYW5uZWwuKiI6IntcInJvbGVcIjpcImd1ZXN0XCIsXCJzaW5jZVwiOjIwMjQsXCJ0YWdzXCI6W1wiYVwiLG51bGwsdHJ1ZV19IiwiYWJseS5jaGFubmVsLmVtcHR5IjoiIiwiYWJseS5jaGFubmVsLm46KiI6IjEuNSIsImFibHkucm9vbS5sb2JieSI6Imhvc3QifQ.QqK_hsObiENQujoLekA1HBazUereOcoc1jCDeYXg51Q',
  },
  {
    name: 'publish rate limits',
    options: { capability: 'inherit', issuedAt, publishRateLimits: { '*': 5, slow: 0.1, 'tiny:*': 1e-7 } },
    payload:
      '{"iat":1767323045,"exp":1767326645,"ably.limits.publish.perAttachment.maxRate.*":5,"ably.limits.publish.perAttachment.maxRate.slow":0.1,"ably.limits.publish.perAttachment.maxRate.tiny:*":1e-7}',
    jwt: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImdvbGRlbkFwcC5nb2xkZW4tS2V5XzEifQ.eyJpYXQiOjE3NjczMjMwNDUsImV4cCI6MTc2NzMyNjY0NSwiYWJseS5saW1pdHMucHVibGlzaC5wZXJBdHRhY2htZW50Lm1heFJhdGUuKiI6NSwiYWJseS5saW1pdHMucHVibGlzaC5wZXJBdHRhY2htZW50Lm1heFJhdGUuc2xvdyI6MC4xLCJhYmx5LmxpbWl0cy5wdWJsaXNoLnBlckF0dGFjaG1lbnQubWF4UmF0ZS50aW55OioiOjFlLTd9.rsqajug1De2ELxBazv6geHpaozggMpziMkHFha79c4U',
  },
  {
    name: 'further claims in the order of their object, numbers as JSON writes them',
    options: {
      capability: 'inherit',
      issuedAt,
      claims: {
        sub: 'u1',
        'https://app/roles': ['editor'],
        deep: { b: 1e21, a: -0.5 },
        none: null,
        gone: undefined,
      },
    },
    payload:
      '{"iat":1767323045,"exp":1767326645,"sub":"u1","https://app/roles":["editor"],"deep":{"b":1e+21,"a":-0.5},"none":null}',
    jwt: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImdvbGRlbkFwcC5nb2xkZW4tS2V5XzEifQ.eyJpYXQiOjE3NjczMjMwNDUsImV4cCI6MTc2NzMyNjY0NSwic3ViIjoidTEiLCJodHRwczovL2FwcC9yb2xlcyI6WyJlZGl0b3IiXSwiZGVlcCI6eyJiIjoxZSsyMSwiYSI6LTAuNX0sIm5vbmUiOm51bGx9.vw1DEThJ83FPEZ3M46GDsEluodoNrYHWZTkCoSpn1gs',
  },
  {
    name: 'Unicode, quotes and control characters everywhere',
    options: {
      capability: { 'räume:東京:*': ['publish'], '😀"\\\n': ['subscribe'], '\u{ffff}': ['history'] },
      clientId: 'Zoë 👩‍👩‍👧 "quoted" \\ \u2028 \u0007',
      revocationKey: 'שלום',
      channelClaims: { 'канал:*': 'значение' },
      claims: { naïve: 'e\u0301 ≠ é', 鍵: { ключ: '\u0000' } },
      issuedAt,
    },
    payload:
      '{"iat":1767323045,"exp":1767326645,"x-ably-capability":"{\\"räume:東京:*\\":[\\"publish\\"],\\"😀\\\\\\"\\\\\\\\\\\\n\\":[\\"subscribe\\"],\\"\u{ffff}\\":[\\"history\\"]}","x-ably-clientId":"Zoë 👩‍👩‍👧 \\"quoted\\" \\\\ \u2028 \\u0007","x-ably-revocation-key":"שלום","ably.channel.канал:*":"значение","naïve":"e\u0301 ≠ é","鍵":{"ключ":"\\u0000"}}',
    jwt: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImdvbGRlbkFwcC5nb2xkZW4tS2V5XzEifQ.eyJpYXQiOjE3NjczMjMwNDUsImV4cCI6MTc2NzMyNjY0NSwieC1hYmx5LWNhcGFiaWxpdHkiOiJ7XCJyw6R1bWU65p2x5LqsOipcIjpbXCJwdWJsaXNoXCJdLFwi8J-YgFxcXCJcXFxcXFxuXCI6W1wic3Vic2NyaWJlXCJdLFwi77-_XCI6W1wiaGlzdG9yeVwiXX0iLCJ4LWFibHktY2xpZW50SWQiOiJab8OrIPCfkanigI3wn5Gp4oCN8J-RpyBcInF1b3RlZFwiIFxcIOKAqCBcdTAwMDciLCJ4LWFibHktcmV2b2NhdGlvbi1rZXkiOiLXqdec15XXnSIsImFibHkuY2hhbm5lbC7QutCw0L3QsNC7OioiOiLQt9C90LDRh9C10L3QuNC1IiwibmHDr3ZlIjoiZcyBIOKJoCDDqSIsIumNtSI6eyLQutC70Y7RhyI6Ilx1MDAwMCJ9fQ.3WVrawuVNm2CBXM7ucv4FMvMCvUUGHUUAVM4Gj16RqY',
  },
  {
    name: 'names that objects treat as special: integers, __proto__, toString, empty segments',
    options: {
      capability: {
        9: ['publish'],
        10: ['publish'],
        a: ['*'],
        ['__proto__']: ['publish'],
        toString: ['history'],
        '::': ['stats'],
      },
      channelClaims: { 2: 'two', 1: 'one', ['__proto__']: 'proto' },
      publishRateLimits: { 7: 7 },
      claims: { ['__proto__']: { constructor: 1 }, 5: 'five' },
      issuedAt,
    },
    payload: String.raw`{"iat":1767323045,"exp":1767326645,"x-ably-capability":"{\"10\":[\"publish\"],\"9\":[\"publish\"],\"::\":[\"stats\"],\"__proto__\":[\"publish\"],\"a\":[\"*\"],\"toString\":[\"history\"]}","ably.channel.1":"one","ably.channel.2":"two","ably.channel.__proto__":"proto","ably.limits.publish.perAttachment.maxRate.7":7,"5":"five","__proto__":{"constructor":1}}`,
    jwt: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImdvbGRlbkFwcC5nb2xkZW4tS2V5XzEifQ.eyJpYXQiOjE3NjczMjMwNDUsImV4cCI6MTc2NzMyNjY0NSwieC1hYmx5LWNhcGFiaWxpdHkiOiJ7XCIxMFwiOltcInB1Ymxpc2hcIl0sXCI5XCI6W1wicHVibGlzaFwiXSxcIjo6XCI6W1wic3RhdHNcIl0sXCJfX3Byb3RvX19cIjpbXCJwdWJsaXNoXCJdLFwiYVwiOltcIipcIl0sXCJ0b1N0cmluZ1wiOltcImhpc3RvcnlcIl19IiwiYWJseS5jaGFubmVsLjEiOiJvbmUiLCJhYmx5LmNoYW5uZWwuMiI6InR3byIsImFibHkuY2hhbm5lbC5fX3Byb3RvX18iOiJwcm90byIsImFibHkubGltaXRzLnB1Ymxpc2gucGVyQXR0YWNobWVudC5tYXhSYXRlLjciOjcsIjUiOiJmaXZlIiwiX19wcm90b19fIjp7ImNvbnN0cnVjdG9yIjoxfX0.al6MErYeBeACuOzRYTtyWUblmB_kDWCVHrmnGD51phU',
  },
  {
    name: 'every option at once, in the order of the contract',
    options: {
      backdate: '5s',
      issuedAt,
      allowBrowser: false,
      claims: { sub: 'alice' },
      publishRateLimits: { chat: 2 },
      roomClaims: { lobby: { vip: true } },
      channelClaims: { chat: 'vip' },
      revocationKey: 'device-1',
      revocable: true,
      ttl: '1h',
      clientId: 'alice',
      capability: { chat: ['publish'] },
    },
    payload: String.raw`{"iat":1767323040,"exp":1767326640,"x-ably-capability":"{\"chat\":[\"publish\"]}","x-ably-clientId":"alice","x-ably-revocation-key":"device-1","ably.channel.chat":"vip","ably.room.lobby":"{\"vip\":true}","ably.limits.publish.perAttachment.maxRate.chat":2,"sub":"alice"}`,
    jwt: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImdvbGRlbkFwcC5nb2xkZW4tS2V5XzEifQ.eyJpYXQiOjE3NjczMjMwNDAsImV4cCI6MTc2NzMyNjY0MCwieC1hYmx5LWNhcGFiaWxpdHkiOiJ7XCJjaGF0XCI6W1wicHVibGlzaFwiXX0iLCJ4LWFibHktY2xpZW50SWQiOiJhbGljZSIsIngtYWJseS1yZXZvY2F0aW9uLWtleSI6ImRldmljZS0xIiwiYWJseS5jaGFubmVsLmNoYXQiOiJ2aXAiLCJhYmx5LnJvb20ubG9iYnkiOiJ7XCJ2aXBcIjp0cnVlfSIsImFibHkubGltaXRzLnB1Ymxpc2gucGVyQXR0YWNobWVudC5tYXhSYXRlLmNoYXQiOjIsInN1YiI6ImFsaWNlIn0.T-FvxL5t6gfZ9Kd9pCQJhBtAqnu9j961ffVvL08LVis',
  },
  {
    name: 'a server of yours',
    options: {
      capability: { 'jobs:*': ['subscribe'] },
      revocationKey: 'r',
      clientType: 'server',
      clientId: 'worker-1',
      issuedAt,
    },
    payload: String.raw`{"iat":1767323045,"exp":1767326645,"x-ably-capability":"{\"jobs:*\":[\"subscribe\"]}","x-ably-clientId":"worker-1","x-ably-clientType":"server","x-ably-revocation-key":"r"}`,
    jwt: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImdvbGRlbkFwcC5nb2xkZW4tS2V5XzEifQ.eyJpYXQiOjE3NjczMjMwNDUsImV4cCI6MTc2NzMyNjY0NSwieC1hYmx5LWNhcGFiaWxpdHkiOiJ7XCJqb2JzOipcIjpbXCJzdWJzY3JpYmVcIl19IiwieC1hYmx5LWNsaWVudElkIjoid29ya2VyLTEiLCJ4LWFibHktY2xpZW50VHlwZSI6InNlcnZlciIsIngtYWJseS1yZXZvY2F0aW9uLWtleSI6InIifQ.4SL-oDeIkRLSGFpHxb7HB6EvNQUz0OcDlxPmaMuax4k',
  },
];
