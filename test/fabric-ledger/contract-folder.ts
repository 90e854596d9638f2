import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The file in it that a contract node starts. */
export const entry = 'launch.cjs'

const source = join(import.meta.dirname, '../fabric-harness/contract')

/** fabric-shim's own command line, told by the variables that a contract node gets. */
const launcher = `
process.argv.push('server', '--chaincode-address', process.env.CHAINCODE_SERVER_ADDRESS)
process.argv.push('--chaincode-id', process.env.CHAINCODE_ID, '--module-path', __dirname)
require('fabric-shim/cli.js')
`

/** Writes the harness contract as a folder that a driver keeps: its dependencies are pointed at, not copied. */
export function writeContractFolder(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const file of ['package.json', 'index.js']) copyFileSync(join(source, file), join(folder, file))
  writeFileSync(join(folder, entry), launcher)
  const installed = createRequire(import.meta.url)
  for (const name of ['fabric-contract-api', 'fabric-shim']) {
    const real = dirname(installed.resolve(`${name}/package.json`))
    const stand = join(folder, 'node_modules', name)
    mkdirSync(stand, { recursive: true })
    for (const file of ['index.js', 'cli.js']) {
      const target = file === 'index.js' ? real : join(real, file)
      writeFileSync(join(stand, file), `module.exports = require(${JSON.stringify(target)})\n`)
    }
    copyFileSync(join(real, 'package.json'), join(stand, 'package.json'))
  }
}
