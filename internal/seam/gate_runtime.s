// The compiler accepts functions without a body only in a package that has
// assembly; those of gate_runtime.go are linked by name.
