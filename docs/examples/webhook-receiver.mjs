// Takes Tolem's webhooks and keeps each event once: node webhook-receiver.mjs PORT SECRET_FILE EVENTS_FILE
import { createHmac, timingSafeEqual } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [port, secretFile, eventsFile] = process.argv.slice(2);
const secret = readFileSync(secretFile, 'utf8').trim();
const kept = existsSync(eventsFile) ? readFileSync(eventsFile, 'utf8').split('\n').filter(Boolean) : [];
const known = new Set(kept.map((line) => JSON.parse(line).id));

function isGenuine(header, body) {
  const [moment = '', ...proofs] = String(header).split(',');
  const seconds = moment.slice('t='.length);
  const ours = createHmac('sha256', secret).update(`${seconds}.`).update(body).digest();
  const isOurs = (proof) => {
    const theirs = Buffer.from(proof.slice('v1='.length), 'hex');
    return theirs.length === ours.length && timingSafeEqual(theirs, ours);
  };
  return Math.abs(Date.now() / 1000 - Number(seconds)) < 300 && proofs.some(isOurs);
}

createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  if (!isGenuine(request.headers['tolem-signature'], body)) return response.writeHead(401).end();
  const event = JSON.parse(body);
  if (!known.has(event.id)) appendFileSync(eventsFile, `${body}\n`); // First kept, then answered.
  known.add(event.id);
  response.writeHead(204).end();
}).listen(Number(port), '127.0.0.1');
