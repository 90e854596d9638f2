/** Bytes in JSON: as text where they are readable UTF-8, else in base64. */
export type BytesText = { readonly text: string } | { readonly base64: string }

const decoder = new TextDecoder('utf-8', { fatal: true })
// Tab, line feed and carriage return are text; the other control characters are not.
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/

/** `bytes` as JSON; both forms lead back to the same bytes. */
export function bytesText(bytes: Uint8Array): BytesText {
  try {
    const text = decoder.decode(bytes)
    // A leading byte order mark would be swallowed by the decoder.
    if (!control.test(text) && Buffer.byteLength(text) === bytes.length) return { text }
  } catch {
    // not UTF-8
  }
  return { base64: Buffer.from(bytes).toString('base64') }
}
