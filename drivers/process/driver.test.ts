import { describeDriver } from '@cello/ports/suites/driver'
import { makeWorld } from './testing/world.ts'

describeDriver('process', () => makeWorld(), { restarts: 'ours', isolation: 'none', stats: true, followLogs: true })
