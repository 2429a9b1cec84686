import { type CatalogueEntry, MISBEHAVIOUR } from './catalogue.ts';

const BY = { fault: 'Ordered for a call', act: 'Done by a person or script', itself: 'Always so' } as const;

const INTRODUCTION = `# Everything that can go wrong on purpose

Made by \`kaspi-sim misbehaviour\` from the table in \`src/faults/catalogue.ts\`; the same table answers
\`GET /control/faults/catalogue\` and gives the OpenAPI document its words. \`GET /control/truth\` tells what really moved.

A rule of \`POST /control/faults\` meets the next call of its \`where\` (\`bank\`, one scheme \`bank:r2\`, \`terminal\`, one \`terminal:front\`, or
\`*\`) and \`path\` (\`payment/return\`, \`payment/status\` with every id under it, a terminal's \`payment\`, or \`*\`): once, \`times\` times or
\`"always"\`. Rules are met in the order of their making and live until used up, removed (\`DELETE /control/faults\`) or the simulator stops.
`;

/** The catalogue as a document for people, in Markdown. */
export function printCatalogue(entries: readonly CatalogueEntry[] = MISBEHAVIOUR): string {
  const sections = (Object.keys(BY) as Array<keyof typeof BY>).map((by) => {
    const rows = entries.filter((entry) => entry.by === by);
    const hasExamples = rows.some((entry) => entry.example);
    const head = hasExamples
      ? ['| name | at | on the wire | did money move | example |', '| --- | --- | --- | --- | --- |']
      : ['| name | at | on the wire | did money move |', '| --- | --- | --- | --- |'];
    return [`## ${BY[by]}`, '', ...head, ...rows.map((entry) => row(entry, hasExamples)), ''].join('\n');
  });
  return [INTRODUCTION, ...sections].join('\n');
}

function row({ name, at, wire, money, example }: CatalogueEntry, hasExamples: boolean): string {
  const cells = [`\`${name}\``, at, wire, money];
  if (hasExamples) cells.push(example ? exampleText(example) : '');
  return `| ${cells.join(' | ')} |`;
}

function exampleText({ path, body }: NonNullable<CatalogueEntry['example']>): string {
  const isRule = path === '/control/faults';
  const text = body === undefined ? '' : JSON.stringify(body);
  return isRule ? `\`${text}\`` : `\`POST ${path}${text && ` ${text}`}\``;
}
