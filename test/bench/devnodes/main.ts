/**
 * Devnodes of many networks in one process: `main.ts FOLDER` serves the driver that embeds them at FOLDER/driver.sock, prints
 * `ready`, and lives until SIGTERM.
 */
import { join } from 'node:path'
import { createEmbeddedDriver } from '../../embedded/embedded-driver.ts'
import { serveDriver } from '../../embedded/remote-driver.ts'

const [folder = ''] = process.argv.slice(2)
const driver = createEmbeddedDriver(folder)
const server = await serveDriver(driver, join(folder, 'driver.sock'))
process.on('SIGTERM', () => {
  void server[Symbol.asyncDispose]().then(() => driver[Symbol.asyncDispose]())
})
process.stdout.write('ready\n')
