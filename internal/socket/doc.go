// Package socket writes to non-blocking sockets at the least cost. The reactor's loops are
// its callers.
package socket

// short is what the kernel copies within some ten microseconds, in bytes.
const short = 32 << 10
