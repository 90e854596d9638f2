import { createProcessDriver } from '../driver.ts'

// A control plane of its own process, for a test to kill: ensures the node that it is told, says so, and stays.
const [dataDir = '', spec = ''] = process.argv.slice(2)
const driver = createProcessDriver({ dataDir })
const node = await driver.ensure(JSON.parse(spec), { fence: 1 })
process.stdout.write(`${JSON.stringify(node)}\n`)
setInterval(() => {}, 1000)
