export type { HttpConfig, ReadinessCheck } from './config.ts'
export { listenOnLoopback } from './listen.ts'
export { createHttpServer } from './server.ts'
export { keepToken } from './token.ts'
