import { expect, it } from 'vitest';
import { createLocalRules, type RequestFacts } from './local-rules.ts';

const rules = createLocalRules({ host: '127.0.0.1', port: 8090 }, ['hub.example.kz']);
const get: RequestFacts = {
  method: 'GET',
  host: '127.0.0.1:8090',
  origin: undefined,
  fetchSite: undefined,
  contentType: undefined,
  hasBody: false,
};

it.each<[string, Partial<RequestFacts>]>([
  ['a script on this machine', {}],
  ['localhost', { host: 'localhost:8090' }],
  ['IPv6 loopback', { host: '[::1]:8090' }],
  ['another case', { host: 'LocalHost:8090' }],
  ['the proxy', { host: 'hub.example.kz', origin: 'https://hub.example.kz' }],
  ['our own page', { origin: 'http://127.0.0.1:8090', fetchSite: 'same-origin' }],
  ['an address typed by hand', { fetchSite: 'none' }],
  ['JSON', { method: 'POST', hasBody: true, contentType: 'application/json; charset=utf-8' }],
  ['a POST without a body', { method: 'POST' }],
])('lets %s in', (_who, change) => {
  expect(rules.faultOf({ ...get, ...change })).toBeUndefined();
});

it.each<[string, Partial<RequestFacts>, string]>([
  ['no host', { host: undefined }, 'host_foreign'],
  ['a rebound name', { host: 'evil.example:8090' }, 'host_foreign'],
  ['another port', { host: '127.0.0.1:80' }, 'host_foreign'],
  ['a name that begins like ours', { host: 'localhost:8090.evil.example' }, 'host_foreign'],
  ['another site', { origin: 'https://evil.example' }, 'origin_foreign'],
  ['a page in a sandbox', { origin: 'null' }, 'origin_foreign'],
  ['another port of this machine', { origin: 'http://127.0.0.1:9000' }, 'origin_foreign'],
  ['a cross-site request', { fetchSite: 'cross-site' }, 'site_foreign'],
  ['a same-site request', { fetchSite: 'same-site' }, 'site_foreign'],
  ['a form', { method: 'POST', hasBody: true, contentType: 'application/x-www-form-urlencoded' }, 'not_json'],
  ['a body without a type', { method: 'POST', hasBody: true }, 'not_json'],
  ['a type that begins like JSON', { method: 'POST', hasBody: true, contentType: 'application/jsonp' }, 'not_json'],
])('sends %s away', (_who, change, fault) => {
  expect(rules.faultOf({ ...get, ...change })).toBe(fault);
});
