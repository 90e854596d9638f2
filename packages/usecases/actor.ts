import { type Permission, PlatformError, permissions } from '@cello/model'

/** Who asks, and what they may. */
export interface Actor {
  /** Written down with what they change. */
  readonly name: string
  readonly permissions: ReadonlySet<Permission>
}

/** One call of a command or query. */
export interface Call {
  readonly actor: Actor
  /**
   * Names what a command makes: the operation or transaction gets this id, so the same command given twice, even across
   * a crash, has one effect. A UUID. Absent: a new one.
   */
  readonly commandId?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Whoever holds the token of this server: until people and roles arrive, the only one there is. */
export const administrator: Actor = { name: 'administrator', permissions: new Set(permissions) }

/** Refused unless it is held: there is no permission by default. @throws FORBIDDEN */
export function allow(call: Call, permission: Permission): void {
  if (!call.actor.permissions.has(permission)) {
    throw new PlatformError('FORBIDDEN', { detail: `${call.actor.name} does not hold ${permission}` })
  }
}
