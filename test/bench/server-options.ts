/** How `npm start` starts the server (tools/boot.mjs): what is measured is started the same way. */
export const serverOptions: readonly string[] = ['--max-semi-space-size=4']
export const serverEnvironment = { MALLOC_ARENA_MAX: '1' } as const
