module github.com/seed-127a5941/parley/test/simulation

go 1.26.0

require (
	github.com/seed-127a5941/parley v0.0.0
	github.com/stretchr/testify v1.12.1
	go.uber.org/goleak v1.3.0
)

require (
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/oauth2 v0.37.0 // indirect
	nhooyr.io/websocket v1.8.17 // indirect
)

replace github.com/seed-127a5941/parley => ../..
