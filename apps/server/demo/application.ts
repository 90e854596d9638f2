/**
 * Ten lines that call the demonstration network, as `npm start` prints them; a test runs them as they stand. Lines stay
 * within the 80 columns of a terminal, or it would break them where they are copied from.
 */
export function application({ url, tokenFile }: { readonly url: string; readonly tokenFile: string }): string {
  return `import { readFileSync } from 'node:fs'
import { createClient } from '@cello/sdk'
const token = readFileSync('${tokenFile}', 'utf8').trim()
const cello = createClient({ baseUrl: '${url}', token })
const params = { network: 'demo', channel: 'main', contract: 'assets' }
const args = [\`kite-\${Date.now()}\`, 'a kite', '12', 'Grace']
const create = { function: 'create', args }
const read = { function: 'read', args: args.slice(0, 1) }
const { block } = await cello.contracts.invoke({ params, body: create })
console.log(block, await cello.contracts.query({ params, body: read }))
`
}
