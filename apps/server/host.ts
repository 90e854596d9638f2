import { type Clock, newId } from '@cello/kit'
import type { HostRecord, HostStore } from '@cello/ports'

/** The machine that the server runs on, there from the first start. */
export function ensureLocalHost(hosts: HostStore, clock: Clock): Promise<HostRecord> {
  return hosts.ensure({
    id: newId(clock.now()),
    name: 'local',
    driver: 'process',
    settings: {},
    createdAt: clock.now(),
  })
}
