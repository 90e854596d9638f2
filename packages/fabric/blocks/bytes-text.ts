/** Bytes in JSON: as text where they are readable UTF-8, else in base64. */
export type BytesText = { readonly text: string } | { readonly base64: string }

const decoder = new TextDecoder('utf-8', { fatal: true })
// Tab, line feed and carriage return are text; the other control characters are not.
const isControl = (byte: number) => (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) || byte === 0x7f

/** `bytes` as JSON; both forms lead back to the same bytes. */
export function bytesText(bytes: Uint8Array): BytesText {
  try {
    const text = decoder.decode(bytes)
    // A leading byte order mark would be swallowed by the decoder.
    if (!bytes.some(isControl) && Buffer.byteLength(text) === bytes.length) return { text }
  } catch {
    // not UTF-8
  }
  return { base64: Buffer.from(bytes).toString('base64') }
}
