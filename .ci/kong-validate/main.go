// Reads declarative configurations of Kong as decK's `file validate` does: form, kinds of entities and what they refer to.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/kong/go-database-reconciler/pkg/dump"
	"github.com/kong/go-database-reconciler/pkg/file"
	"github.com/kong/go-database-reconciler/pkg/state"
)

func main() {
	if err := validate(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func validate(files []string) error {
	content, err := file.GetContentFromFiles(files, false)
	if err != nil {
		return err
	}
	empty, err := state.NewKongState()
	if err != nil {
		return err
	}
	raw, err := file.Get(context.Background(), content, file.RenderConfig{CurrentState: empty}, dump.Config{}, nil)
	if err != nil {
		return err
	}
	_, err = state.Get(raw)
	return err
}
