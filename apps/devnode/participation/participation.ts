/** The channel participation API, as orderers of Fabric 3.1 answer it. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { decode, type MessageClass } from '@cello/fabric/codec'
import { common } from '@hyperledger/fabric-protos'
import { checkChannelName } from '../config/elements.ts'
import { Unimplemented } from '../config/raft-metadata.ts'
import { readBody } from '../operations/body.ts'
import { type HttpHandler, isKnownClient, sendJson } from '../operations/http-listener.ts'
import { blockNamed, type ChannelInfo, type Channels } from '../ordering/channels.ts'
import { readForm } from './form.ts'
import { checkJoinBlock, checkUpdateEnvelope } from './join-block.ts'

export interface ParticipationOptions {
  readonly channels: Channels
  /** `ChannelParticipation.Enabled`. */
  readonly enabled: boolean
  readonly maxBodyBytes: number
  /** With TLS only known clients are answered. */
  readonly secure: boolean
}

const base = '/participation/v1/channels'
const json = { 'Cache-Control': 'no-store' }

/** A refusal with its HTTP status; what else is thrown is a 500. */
class HttpRefusal extends Error {
  readonly status: number
  readonly allow: readonly string[]

  constructor(status: number, message: string, allow: readonly string[] = []) {
    super(message)
    this.status = status
    this.allow = allow
  }
}

interface Exchange {
  readonly options: ParticipationOptions
  readonly request: IncomingMessage
  readonly answer: ServerResponse
}

export function participationHandler(options: ParticipationOptions): HttpHandler {
  return async (request, answer) => {
    try {
      if (options.secure && !isKnownClient(request)) throw new HttpRefusal(401, 'no known client certificate')
      if (!options.enabled) throw new HttpRefusal(503, 'channel participation API is disabled')
      await route({ options, request, answer })
    } catch (error) {
      if (!(error instanceof HttpRefusal)) throw error
      const allow = error.allow.length === 0 ? {} : { Allow: error.allow.join(', ') }
      // The rest of a body that is too large is not read: the connection ends with the answer.
      const close = request.complete ? {} : { Connection: 'close' }
      sendJson(answer, error.status, { error: error.message }, { ...allow, ...close })
    }
  }
}

async function route(exchange: Exchange): Promise<void> {
  const { request, answer } = exchange
  const path = new URL(request.url ?? '/', 'http://node').pathname
  const [, channelPart, blockPart] = /^\/participation\/v1\/channels\/([^/]+)(?:\/blocks\/([^/]+))?$/.exec(path) ?? []
  if (path === base) return routeChannels(exchange)
  if (channelPart !== undefined && blockPart !== undefined) return sendBlock(exchange, channelPart, blockPart)
  if (channelPart !== undefined) return routeChannel(exchange, channelPart)
  if (path === '/participation/v1/' && request.method === 'GET') answer.writeHead(302, { Location: base }).end()
  else answer.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('404 page not found\n')
}

async function routeChannels(exchange: Exchange): Promise<void> {
  const { request, answer, options } = exchange
  const { method = '' } = request
  if (method === 'POST' || method === 'PUT') return change(exchange, method)
  if (method !== 'GET') throw new HttpRefusal(405, `invalid request method: ${method}`, ['GET', 'POST', 'PUT'])
  negotiate(request)
  const channels = options.channels.names().map((name) => ({ name, url: `${base}/${name}` }))
  // Go writes an empty list as null.
  sendJson(answer, 200, { systemChannel: null, channels: channels.length === 0 ? null : channels }, json)
}

async function routeChannel({ request, answer, options }: Exchange, channelPart: string): Promise<void> {
  const { method = '' } = request
  if (method !== 'GET' && method !== 'DELETE') {
    throw new HttpRefusal(405, `invalid request method: ${method}`, ['GET', 'DELETE'])
  }
  negotiate(request)
  const name = channelNamed(channelPart)
  const { channels } = options
  if (method === 'GET') {
    const info = channels.info(name)
    if (!info) throw new HttpRefusal(404, 'channel does not exist')
    sendJson(answer, 200, described(info), json)
    return
  }
  if (channels.isLeaving(name)) throw new HttpRefusal(409, 'cannot remove: channel pending removal')
  if (!(await channels.remove(name))) throw new HttpRefusal(404, 'cannot remove: channel does not exist')
  answer.writeHead(204).end()
}

async function sendBlock({ request, answer, options }: Exchange, channelPart: string, which: string): Promise<void> {
  if (request.method !== 'GET') throw new HttpRefusal(405, `invalid request method: ${request.method}`, ['GET'])
  negotiate(request)
  const name = channelNamed(channelPart)
  if (!/^(newest|oldest|config|[-+]?\d+)$/.test(which)) {
    throw new HttpRefusal(400, `invalid block ID: '${which}' not equal <newest|oldest|config|(number)>`)
  }
  const { channels } = options
  const channel = channels.get(name)
  if (!channel) {
    if (channels.isLeaving(name)) throw new HttpRefusal(404, 'channel pending removal')
    const isFollowing = channels.isOnboarding(name)
    throw new HttpRefusal(404, isFollowing ? 'channel is not ready, he is a follower' : 'channel does not exist')
  }
  const block = await asRefusal(404, () => blockNamed(channel, which))
  answer.writeHead(200, { 'Content-Type': 'application/octet-stream', ...json }).end(block)
}

const formFields = { POST: 'config-block', PUT: 'config-update-envelope' } as const
const asWhat = { POST: 'a block', PUT: 'an envelope' } as const

async function change(exchange: Exchange, method: 'POST' | 'PUT'): Promise<void> {
  const { request, answer, options } = exchange
  const contentType = request.headers['content-type'] ?? ''
  if (!/multipart\/form-data*/.test(contentType)) {
    throw new HttpRefusal(400, `unsupported Content-Type: [${contentType}]`)
  }
  negotiate(request)
  const bytes = await fileOf(exchange, contentType, method)
  const info = method === 'POST' ? await join(options.channels, bytes) : await update(options.channels, bytes)
  sendJson(answer, 201, described(info), { Location: `${base}/${info.name}` })
}

async function fileOf({ request, options }: Exchange, type: string, method: 'POST' | 'PUT'): Promise<Uint8Array> {
  const field = formFields[method]
  const { files, values } = await asRefusal(
    400,
    async () => readForm(type, await readBody(request, options.maxBodyBytes)),
    'cannot read form from request body: ',
  )
  const file = files.get(field)
  if (!file) throw new HttpRefusal(400, `form does not contains part key: ${field}`)
  if (files.size !== 1 || values.size !== 0) throw new HttpRefusal(400, 'form contains too many parts')
  const message: MessageClass = method === 'POST' ? common.Block : common.Envelope
  await asRefusal(400, () => decode(message, file), `cannot unmarshal file part ${field} into ${asWhat[method]}: `)
  return file
}

async function join(channels: Channels, block: Uint8Array): Promise<ChannelInfo> {
  const config = await asRefusal(400, () => checkJoinBlock(block), 'invalid join block: ')
  if (channels.isLeaving(config.channel)) throw new HttpRefusal(409, 'cannot join: channel pending removal')
  if (channels.info(config.channel)) {
    throw new HttpRefusal(405, 'cannot join: channel already exists', ['GET', 'DELETE'])
  }
  return asRefusal(400, () => channels.join(block, config), 'cannot join: ')
}

async function update(channels: Channels, bytes: Uint8Array): Promise<ChannelInfo> {
  const envelope = decode(common.Envelope, bytes)
  const name = await asRefusal(400, () => checkUpdateEnvelope(envelope), 'invalid config update envelope: ')
  if (channels.isLeaving(name)) throw new HttpRefusal(409, 'cannot update: channel pending removal')
  if (channels.isOnboarding(name)) throw new HttpRefusal(403, 'cannot update: channel is not ready, he is a follower')
  const channel = channels.get(name)
  if (!channel) throw new HttpRefusal(405, 'cannot update: channel does not exist')
  await asRefusal(400, () => channel.configure(envelope), `cannot update: failed update config of channel ${name}: `)
  const info = channels.info(name)
  if (!info) throw new HttpRefusal(405, 'cannot update: channel does not exist')
  return info
}

/** What `run` throws as a refusal with that status, its sentence after `prefix`; 501 for what the devnode does not do. */
async function asRefusal<T>(status: number, run: () => T | Promise<T>, prefix = ''): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const isMissing = error instanceof Unimplemented || message.startsWith('UNIMPLEMENTED')
    throw new HttpRefusal(isMissing ? 501 : status, `${prefix}${message}`)
  }
}

function channelNamed(part: string): string {
  try {
    const name = decodeURIComponent(part)
    checkChannelName(name)
    return name
  } catch (error) {
    throw new HttpRefusal(400, `invalid channel ID: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function negotiate(request: IncomingMessage): void {
  const { accept } = request.headers
  if (accept === undefined || /application\/(json|\*)|\*\/\*/.test(accept)) return
  throw new HttpRefusal(406, 'response Content-Type is application/json only')
}

function described({ name, consensusRelation, status, height }: ChannelInfo) {
  return { name, url: `${base}/${name}`, consensusRelation, status, height }
}
