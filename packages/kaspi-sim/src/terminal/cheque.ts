import type { TerminalProcess } from './terminal-process.ts';
import type { TerminalSettings } from './terminal-settings.ts';

const NO_BREAK_SPACE = '\u00a0';

/** `dd.MM.yy HH:mm:ss` by the clock on the wall in Almaty, as cheques print it [POS 1, example]. */
function chequeDate(atMs: number): string {
  const { day, month, year, hour, minute, second } = wallClock(atMs);
  return `${day}.${month}.${year.slice(2)} ${hour}:${minute}:${second}`;
}

/** Both forms of `expirationDate` seen in the field [pos-v2 Pairing]: without a zone. */
export function expirationDate(atMs: number, format: TerminalSettings['expirationFormat']): string {
  const { day, month, year, hour, minute, second } = wallClock(atMs);
  if (format === 'numeric') return `${year}-${month}-${day} ${hour}:${minute}:${second}`;
  const names = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  return `${names[Number(month) - 1]} ${Number(day)}, ${year} ${hour}:${minute}:${second}`;
}

/** `1 500 ₸`, of a refund `- 1 500 ₸`. */
export function displayAmount(amount: string, isRefund: boolean): string {
  const [tenge = '0', decimals = '00'] = amount.split('.');
  const grouped = tenge.replace(/\B(?=(\d{3})+$)/g, NO_BREAK_SPACE);
  return `${isRefund ? '- ' : ''}${grouped}${decimals === '00' ? '' : `,${decimals}`} ₸`;
}

/** `chequeInfo` of an operation that moved money: all values are strings, and which ones come depends on the method [POS 1]. */
export function chequeInfo(process: TerminalProcess, settings: TerminalSettings): Record<string, string> {
  const isRefund = process.kind === 'refund';
  const isCard = process.method === 'card';
  const product = isCard ? 'картой другого банка' : 'с Kaspi Gold';
  return {
    storeName: settings.storeName,
    city: settings.city,
    address: settings.address,
    status: `${isRefund ? 'Возврат' : `Покупка ${product}`}. Одобрено`,
    amount: displayAmount(process.movedAmount ?? process.amount, isRefund),
    date: chequeDate(process.endedAtMs ?? process.startedAtMs),
    bin: settings.bin,
    terminalId: settings.bankTerminalId,
    method: process.method ?? 'qr',
    ...(isCard
      ? {
          cardMask: '516949*****0762',
          icc: 'MasterCard',
          rrn: process.rrn ?? '',
          authorizationCode: (process.transactionId ?? '').slice(-6).padStart(6, '0'),
          hostResponseCode: '000',
          pinEntered: 'true',
        }
      : { orderNumber: process.orderNumber ?? '' }),
  };
}

export function addInfo(process: TerminalProcess): Record<string, unknown> {
  return { IsOffer: false, LoanTerm: -1, ProductType: process.method === 'card' ? 'OtherCard' : 'Gold' };
}

const WALL_CLOCK = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Asia/Almaty',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

function wallClock(atMs: number): Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string> {
  const parts = new Map(WALL_CLOCK.formatToParts(atMs).map((part) => [part.type, part.value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '00';
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  };
}
