# A configuration that cannot be read without failing, or without waiting.
cat >openssl.cnf <<'END'
openssl_conf = main
config_diagnostics = 1
[main]
providers = providers
engines = engines
alg_section = algorithms
[algorithms]
default_properties = provider=evil
[providers]
evil = evil
[evil]
module = ./evil.so
activate = 1
[engines]
e = engine
[engine]
dynamic_path = ./evil.so
init = 1
END
mkfifo fifo
