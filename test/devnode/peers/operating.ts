/** What operators read of a peer over HTTP. */
import type { Scenario, Seen } from '../agreement/scenario.ts'
import type { World } from './world.ts'

async function http(
  world: World,
  path: string,
  init: RequestInit = {},
): Promise<{ readonly status: number; readonly text: string; readonly type: string }> {
  const answer = await fetch(`http://127.0.0.1:${world.peer(1).ports.operations}${path}`, init)
  return { status: answer.status, text: await answer.text(), type: answer.headers.get('content-type') ?? '' }
}

const answered =
  (path: string, init?: RequestInit) =>
  async (world: World): Promise<Seen> => {
    world.reached.add(`operations ${init?.method ?? 'GET'} ${path}`)
    const { status, text, type } = await http(world, path, init)
    const json = type.startsWith('application/json') && text !== ''
    return { status, type, said: json ? JSON.parse(text) : text.trim() }
  }

/** Sets it, and reads it again. */
const specified =
  (spec: string) =>
  async (world: World): Promise<Seen> => {
    const { status, text } = await http(world, '/logspec', { method: 'PUT', body: JSON.stringify({ spec }) })
    return { status, text: text.trim(), afterwards: (await http(world, '/logspec')).text.trim() }
  }

/** The metrics that monitoring of a channel reads. */
const watched = [
  'ledger_blockchain_height',
  'ledger_transaction_count',
  'gossip_state_height',
  'endorser_proposals_received',
  'endorser_successful_proposals',
  'fabric_version',
]

export const operatingScenarios: readonly Scenario<World>[] = [
  [
    'the health',
    async (world) => {
      const seen = await answered('/healthz')(world)
      return { ...seen, said: { ...(seen.said as object), time: undefined } }
    },
  ],
  [
    'the version',
    async (world) => {
      const { status, said } = await answered('/version')(world)
      return {
        status,
        keys: Object.keys(said as object).sort(),
        isOfFabric: /^v\d/.test(String((said as Record<string, unknown>).Version)),
      }
    },
  ],
  ['the log’s specification', answered('/logspec')],
  ['another specification of the log', answered('/logspec', { method: 'PUT', body: '{"spec":"gossip=warning:info"}' })],
  ['the log’s specification afterwards', answered('/logspec')],
  ['a specification of several loggers', specified('b.c,a=DEBUG:WARN')],
  ['a specification of levels that Fabric maps', specified('x=notice:y=critical:payload')],
  ['an empty specification', specified('')],
  ['a specification without a logger', specified('=debug')],
  ['a specification with a bad name of a logger', specified('a..b=debug')],
  ['a specification with an equals sign too many', specified('a=b=debug')],
  ['a specification of a level in mixed letters', specified('Info')],
  ['a specification of the log that is none', answered('/logspec', { method: 'PUT', body: '{"spec":"loud"}' })],
  [
    'a specification of the log that is rubbish',
    async (world) => {
      const { status, text } = await http(world, '/logspec', { method: 'PUT', body: 'rubbish' })
      return { status, isError: text.includes('error') }
    },
  ],
  ['the log’s specification deleted', answered('/logspec', { method: 'DELETE' })],
  ['a page that there is not', async (world) => ({ status: (await http(world, '/nothing')).status })],
  [
    'the metrics that monitoring reads',
    async (world) => {
      const { status, text } = await http(world, '/metrics')
      return { status, there: watched.filter((name) => new RegExp(`^${name}(\\{|_total| )`, 'm').test(text)) }
    },
  ],
  [
    'the height of the channel',
    async (world) => {
      const { text } = await http(world, '/metrics')
      const [, height = ''] = /^ledger_blockchain_height\{channel="orders"\} (\S+)$/m.exec(text) ?? []
      return { isRight: Number(height) === world.height }
    },
  ],
]
