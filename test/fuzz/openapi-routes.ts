import type { HttpRoute } from './http-request.ts';

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

export interface OpenApi {
  paths?: Record<
    string,
    Record<string, { requestBody?: { content?: Record<string, { schema?: Schema }> } }> | undefined
  >;
  components?: { schemas?: Record<string, Schema> };
}

/** Values that the routes take, by the member's name; a member that is not here gets a text. */
const GOOD: Readonly<Record<string, string>> = {
  amount: '"1500.00"',
  phone: '"+77011234567"',
  terminalId: '"front"',
  deviceId: '"till-1"',
  agentId: '"till-1"',
  organizationBin: '"180340021791"',
  tradePointId: '"1"',
  pin: '"0000"',
  reissue: 'false',
  days: '30',
};

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Every route of a contract with a body that fits its schema, so that a new route is under fire without being named. */
export function routesOf(contract: OpenApi): HttpRoute[] {
  return Object.entries(contract.paths ?? {}).flatMap(([path, operations]) =>
    Object.entries(operations ?? {})
      .filter(([method]) => METHODS.includes(method))
      .map(([method, { requestBody }]) => {
        const schema = Object.values(requestBody?.content ?? {})[0]?.schema;
        return { method: method.toUpperCase(), path, body: schema && membersOf(schema, contract) };
      }),
  );
}

/** Members as JSON text; an optional one's name ends in `?`. */
function membersOf(schema: Schema, contract: OpenApi): Record<string, string> {
  const { properties = {}, required = [] } = plain(schema, contract);
  return Object.fromEntries(
    Object.entries(properties).map(([name, one]) => [
      required.includes(name) ? name : `${name}?`,
      GOOD[name] ?? sampleOf(plain(one, contract), contract),
    ]),
  );
}

function sampleOf(schema: Schema, contract: OpenApi): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return JSON.stringify(schema.enum[0]);
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'integer':
    case 'number':
      return '1';
    case 'boolean':
      return 'true';
    case 'array':
      return schema.items ? `[${sampleOf(plain(schema.items, contract), contract)}]` : '[]';
    case 'object': {
      const members = Object.entries(membersOf(schema, contract));
      return `{${members.map(([name, value]) => `${JSON.stringify(name.replace('?', ''))}:${value}`).join(',')}}`;
    }
    default:
      return '"fuzz"';
  }
}

/** Without references and alternatives: the first that is offered. */
function plain(schema: Schema, contract: OpenApi): Schema {
  const name = schema.$ref?.split('/').at(-1);
  if (name !== undefined) return plain(contract.components?.schemas?.[name] ?? {}, contract);
  const [first] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [];
  return first && !schema.properties ? plain(first, contract) : schema;
}
