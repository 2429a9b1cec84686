/** The ten digits after +7 of what somebody typed or pasted, however they write their number. */
export function phoneDigits(text) {
  const typed = text.replace(/\D/g, '');
  // The field begins with +7; whoever types 8 or 7 before the code of the operator means the same.
  const national = text.trim().startsWith('+') ? typed.slice(1) : typed;
  const isPrefixed =
    national.length > 10 || (!text.trim().startsWith('+') && /^[78]/.test(national) && national[1] === '7');
  const isEight = national.startsWith('8');
  return (isPrefixed || isEight ? national.slice(1) : national).slice(0, 10);
}

/** `+7 707 123 45 67`, as far as it goes. */
export function formatPhone(digits) {
  const groups = [digits.slice(0, 3), digits.slice(3, 6), digits.slice(6, 8), digits.slice(8, 10)];
  return ['+7', ...groups].filter((group) => group !== '').join(' ');
}

export function isWholePhone(digits) {
  return /^7\d{9}$/.test(digits);
}
