// One customer with stripe-go.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/stripe/stripe-go/v85"
)

func main() {
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{URL: &os.Args[1]})
	c := stripe.NewClient("key", stripe.WithBackends(&stripe.Backends{API: backend}))
	answer, err := c.V1Customers.Create(context.Background(), &stripe.CustomerCreateParams{Name: stripe.String("Hi")})
	if err != nil {
		panic(err)
	}
	fmt.Println(answer.Name)
}
