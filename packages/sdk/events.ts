import type { RouteDefinition } from '@cello/api'
import { CelloError } from './problem-error.ts'
import { type AnyInput, anySignal, type ClientOptions, jittered, send, wait } from './request.ts'

interface Message {
  readonly id?: string | undefined
  readonly event: string
  readonly data: string
}

/** Times that a broken stream is opened again without anything having come in between. */
const fruitless = 10

/**
 * The data of a stream's events. A broken connection is made again and goes on after the last event, so none is missed or
 * comes twice; leaving the loop closes it. Ends when the server says so. @throws CelloError
 */
export async function* followStream(
  options: ClientOptions,
  route: RouteDefinition,
  input: AnyInput,
): AsyncGenerator<unknown, void, undefined> {
  const left = new AbortController()
  const signal = anySignal(options.signal, input.signal, left.signal)
  const place = { last: input.lastEventId, begun: false, failures: 0 }
  try {
    for (;;) {
      const response = await open(options, route, { ...input, signal, lastEventId: place.last }, place.begun)
      for await (const message of response ? untilBroken(response) : []) {
        if (message.event === 'end') return
        Object.assign(place, { last: message.id ?? place.last, begun: true, failures: 0 })
        yield JSON.parse(message.data) as unknown
      }
      signal?.throwIfAborted()
      place.failures += 1
      // A stream without ids cannot be taken up where it broke.
      const isLost = place.begun && place.last === undefined
      if (isLost || place.failures > fruitless) throw brokenOff()
      await wait(jittered(place.failures), signal)
    }
  } finally {
    left.abort()
  }
}

/** @returns undefined where a stream that had begun finds no server: it may be starting anew. @throws CelloError */
async function open(
  options: ClientOptions,
  route: RouteDefinition,
  input: AnyInput,
  begun: boolean,
): Promise<Response | undefined> {
  try {
    return await send(options, route, input)
  } catch (error) {
    if (begun && error instanceof CelloError && error.code === 'UNREACHABLE') return undefined
    throw error
  }
}

function brokenOff(): CelloError {
  return new CelloError('the stream broke off', {
    code: 'UNREACHABLE',
    status: 0,
    next: 'Follow it again.',
    retry: 'later',
  })
}

/** Messages until the end of the answer, told by the server or not. */
async function* untilBroken(response: Response): AsyncGenerator<Message, void, undefined> {
  try {
    yield* messagesOf(response)
  } catch (error) {
    if (error instanceof SyntaxError) throw error
  }
}

/** The event stream format of the HTML standard, as far as servers of ours write it: `id`, `event`, `data`, comments. */
async function* messagesOf(response: Response): AsyncGenerator<Message, void, undefined> {
  if (!response.body) return
  let rest = ''
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const message = messageOf(block)
      if (message) yield message
    }
  }
}

function messageOf(block: string): Message | undefined {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? []
    if (name === undefined) continue
    const before = name === 'data' ? fields.get(name) : undefined
    fields.set(name, before === undefined ? value : `${before}\n${value}`)
  }
  const data = fields.get('data')
  return data === undefined ? undefined : { id: fields.get('id'), event: fields.get('event') ?? 'message', data }
}
