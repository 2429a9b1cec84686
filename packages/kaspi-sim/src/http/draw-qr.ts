import QRCode from 'qrcode';

/** A QR code as one SVG path with a quiet zone of four modules, dark on transparent: the page puts it on white. */
export function drawQr(text: string): string {
  const { size, data } = QRCode.create(text, { errorCorrectionLevel: 'M' }).modules;
  const cells = Array.from(data, (dark, at) =>
    dark ? `M${(at % size) + 4} ${Math.floor(at / size) + 4}h1v1h-1z` : '',
  );
  const side = size + 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges"><path d="${cells.join('')}"/></svg>`;
}
