/** Multipart forms, as far as the participation API has them: parts held in memory, each a file or a value. */

export interface Form {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly values: ReadonlySet<string>
}

const blankLine = '\r\n\r\n'

/** @param contentType of the request, with the boundary. @throws Error saying what is no form */
export function readForm(contentType: string, body: Buffer): Form {
  const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? []
  const mark = quoted ?? plain
  if (mark === undefined) throw new Error('no multipart boundary param in Content-Type')
  const files = new Map<string, Uint8Array>()
  const values = new Set<string>()
  for (const part of partsOf(body, mark)) {
    const { name, isFile, content } = readPart(part)
    if (name === undefined) continue // Go leaves parts without a name out
    if (isFile) files.set(name, content)
    else values.add(name)
  }
  return { files, values }
}

function readPart(part: Buffer) {
  const headEnd = part.indexOf(blankLine)
  if (headEnd < 0) throw new Error('multipart: NextPart: EOF')
  const [, disposition = ''] = /^content-disposition:(.*)$/im.exec(part.toString('latin1', 0, headEnd)) ?? []
  const [, name] = /[; ]name="([^"]*)"/i.exec(disposition) ?? []
  return { name, isFile: /[; ]filename="/i.test(disposition), content: part.subarray(headEnd + blankLine.length) }
}

/** What lies between the boundaries, without the line ends that belong to these. */
function partsOf(body: Buffer, mark: string): Buffer[] {
  const parts: Buffer[] = []
  // The first boundary has no line end before it.
  let at = body.indexOf(`--${mark}`)
  if (at < 0) throw new Error('multipart: NextPart: EOF')
  for (;;) {
    const start = at + mark.length + 2
    if (body.toString('latin1', start, start + 2) === '--') return parts
    const next = body.indexOf(`\r\n--${mark}`, start)
    if (next < 0) throw new Error('multipart: NextPart: unexpected EOF')
    parts.push(body.subarray(start + 2, next))
    at = next + 2
  }
}
