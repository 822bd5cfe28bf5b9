module github.com/seed-127a5941/parley/internal/bench

go 1.26.0

require (
	github.com/seed-127a5941/parley v0.0.0
	github.com/stretchr/testify v1.12.1
	github.com/tmaxmax/go-sse v0.11.0
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect

replace github.com/seed-127a5941/parley => ../..
