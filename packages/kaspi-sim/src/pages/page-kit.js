/** What the simulator's pages share: making nodes, money and time for people, calls of the control API. */

/** Makes an element; members that are functions or no attribute become properties. */
export function make(tag, members = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'data') Object.assign(node.dataset, value);
    else node.setAttribute(name === 'className' ? 'class' : name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

/** "1500.00" → "1 500 ₸"; tiyn are shown where there are any. */
export function tenge(amount) {
  const [whole = '0', tiyn = '00'] = String(amount).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, '\u00a0');
  return `${grouped}${tiyn === '00' ? '' : `,${tiyn}`}\u00a0₸`;
}

export function minutes(ms) {
  const seconds = Math.ceil(ms / 1000);
  const [hours, rest] = [Math.floor(seconds / 3600), seconds % 3600];
  if (hours > 0) return `${hours} ч ${Math.floor(rest / 60)} мин`;
  return `${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, '0')}`;
}

export function clockTime(iso) {
  return new Date(iso).toLocaleTimeString('ru-RU', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** Replaces children only when `key` has changed, so that focus and screen readers are left in peace. */
export function replaceWhenChanged(node, key, children) {
  if (node.dataset.key === key) return;
  node.dataset.key = key;
  node.replaceChildren(...children());
}

/** Gives `{ok, value}`; `value` is the answer or the refusal `{code, detail}`. Never rejects. */
export async function control(verb, path, body) {
  try {
    const response = await fetch(`/control/${path}`, {
      method: verb,
      cache: 'no-store',
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return { ok: response.ok, isThere: true, value: await response.json() };
  } catch {
    return { ok: false, isThere: false, value: { code: 'offline', detail: 'Симулятор не ответил' } };
  }
}
