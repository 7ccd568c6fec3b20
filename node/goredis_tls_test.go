package node_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestGoRedisOverTLS is a program as users write it, with the client library that they use, over TLS: with a pool, pipelines, transactions, subscriptions and
// a user with a password.
func TestGoRedisOverTLS(t *testing.T) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			s := startSecure(t, mode.Config...)
			ctx := context.Background()
			secured := func(change ...func(*redis.Options)) *redis.Client {
				o := &redis.Options{Addr: s.door, TLSConfig: s.Client(s.client), ClientName: "program", PoolSize: 20}
				for _, fn := range change {
					fn(o)
				}
				db := redis.NewClient(o)
				t.Cleanup(func() { _ = db.Close() })
				return db
			}
			db := secured()
			if _, err := db.Pipelined(ctx, func(p redis.Pipeliner) error {
				for i := range 2000 {
					p.Set(ctx, "key:"+strconv.Itoa(i), i, time.Hour)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					for range 25 {
						if err := increment(ctx, db, "counter", "double"); err != nil {
							t.Error(err)
						}
					}
				})
			}
			all.Wait()
			if n, err := db.Get(ctx, "counter").Int(); n != 200 || err != nil {
				t.Error(n, err)
			}
			sub := db.Subscribe(ctx, "news")
			defer sub.Close()
			if _, err := sub.Receive(ctx); err != nil {
				t.Fatal(err)
			}
			db.Publish(ctx, "news", "hello")
			if m, err := sub.ReceiveMessage(ctx); err != nil || m.Payload != "hello" {
				t.Error(m, err)
			}
			if err := db.Do(ctx, "ACL", "SETUSER", "app", "on", ">secret", "~app:*", "+@read", "+@write", "+@connection").Err(); err != nil {
				t.Fatal(err)
			}
			app := secured(func(o *redis.Options) { o.Username, o.Password = "app", "secret" })
			if err := app.Set(ctx, "app:1", "v", 0).Err(); err != nil {
				t.Error(err)
			}
			if err := app.Set(ctx, "other", "v", 0).Err(); err == nil {
				t.Error("a user writes what it may not")
			}
			stranger := secured(func(o *redis.Options) { o.TLSConfig = &tls.Config{}; o.MaxRetries = -1 })
			if err := stranger.Ping(ctx).Err(); err == nil {
				t.Error("a client trusts a server whose authority it does not know")
			}
		})
	}
}

// TestGoRedisCachesByItself has a client library hold what it has read, and four of its goroutines read while another client writes: what was written last
// is what all read in the end.
func TestGoRedisCachesByItself(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		ctx := context.Background()
		db := redis.NewClient(&redis.Options{Addr: addr, Protocol: 3, ClientSideCacheConfig: &redis.ClientSideCacheConfig{}})
		defer db.Close()
		writer := testkit.MustDial(t, addr)
		const keys, last = 30, 10
		for i := range keys {
			writer.Want(t, "+OK\r\n", "SET", fmt.Sprint("k", i), "0")
		}
		stop := make(chan struct{})
		var all sync.WaitGroup
		for g := range 4 {
			all.Go(func() {
				var seen [keys]int
				for i := g; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					n, err := db.Get(ctx, fmt.Sprint("k", i%keys)).Int()
					if err != nil {
						t.Error(err)
						return
					}
					if seen[i%keys] = max(seen[i%keys], n); seen[i%keys] > last {
						t.Errorf("nobody wrote %d", n)
					}
				}
			})
		}
		for n := 1; n <= last; n++ {
			for i := range keys {
				writer.Want(t, "+OK\r\n", "SET", fmt.Sprint("k", i), strconv.Itoa(n))
			}
		}
		for i := range keys {
			deadline := time.Now().Add(time.Minute)
			for {
				n, err := db.Get(ctx, fmt.Sprint("k", i)).Int()
				if err == nil && n == last {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("k%d is %d for ever: %v", i, n, err)
				}
			}
		}
		close(stop)
		all.Wait()
		if n := db.CSCStats().Hits; n == 0 {
			t.Error("the library has held nothing")
		}
	})
}
