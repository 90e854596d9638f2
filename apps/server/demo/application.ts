/** Ten lines that call the demonstration network, as `npm start` prints them; a test runs them as they stand. */
export function application({ url, tokenFile }: { readonly url: string; readonly tokenFile: string }): string {
  return `import { readFileSync } from 'node:fs'
import { createClient } from '@cello/sdk'

const token = readFileSync('${tokenFile}', 'utf8').trim()
const cello = createClient({ baseUrl: '${url}', token })
const assets = { network: 'demo', channel: 'main', contract: 'assets' }
const id = \`asset-\${Date.now()}\`
const made = await cello.contracts.invoke(assets, { function: 'create', args: [id, 'a kite', '12', 'Grace'] })
const read = await cello.contracts.query(assets, { function: 'read', args: [id] })
console.log(\`block \${made.block}:\`, read.result)
`
}
