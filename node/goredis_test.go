package node_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/redis/go-redis/v9"

	"sigrun/node/nodetest"
)

// A program as users write it, with the client library that they use.
var _ = nodetest.Describe("a go-redis program", func(s *nodetest.Server) {
	ctx := context.Background()
	var db *redis.Client
	BeforeEach(func() {
		db = redis.NewClient(&redis.Options{Addr: s.Addr, DB: 2, ClientName: "program"})
		DeferCleanup(db.Close)
	})

	It("pipelines", func() {
		var last *redis.StatusCmd
		_, err := db.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i := range 1000 {
				last = p.Set(ctx, "key:"+strconv.Itoa(i), i, time.Hour)
			}
			return nil
		})
		Expect(err).NotTo(HaveOccurred())
		Expect(last.Val()).To(Equal("OK"))
		Expect(db.MGet(ctx, "key:1", "nope", "key:999").Val()).To(Equal([]any{"1", nil, "999"}))
		Expect(db.DBSize(ctx).Val()).To(Equal(int64(1000)))
		_, err = db.Get(ctx, "nope").Result()
		Expect(err).To(Equal(redis.Nil))
	})

	It("counts under WATCH, by several at once", func() {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				defer GinkgoRecover()
				for range 25 {
					Expect(increment(ctx, db, "counter", "double")).To(Succeed())
				}
			})
		}
		all.Wait()
		Expect(db.Get(ctx, "counter").Int()).To(Equal(100))
		Expect(db.Get(ctx, "double").Int()).To(Equal(200))
	})

	It("publishes and subscribes", func() {
		sub := db.Subscribe(ctx, "news")
		defer sub.Close()
		_, err := sub.Receive(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(sub.PSubscribe(ctx, "n*")).To(Succeed())
		Eventually(func() int64 { return db.PubSubNumPat(ctx).Val() }).Should(Equal(int64(1)))
		Expect(db.Publish(ctx, "news", "hello").Val()).To(Equal(int64(2)))
		for range 2 {
			var m *redis.Message
			Eventually(sub.Channel()).Should(Receive(&m))
			Expect(m.Payload).To(Equal("hello"))
		}
	})

	It("hands work over by blocking pops", func() {
		const jobs = 200
		var all sync.WaitGroup
		var mu sync.Mutex
		seen := map[string]int{}
		for range 4 {
			all.Go(func() {
				defer GinkgoRecover()
				for {
					got, err := db.BLPop(ctx, 2*time.Second, "jobs", "other").Result()
					if errors.Is(err, redis.Nil) {
						return
					}
					Expect(err).NotTo(HaveOccurred())
					if got[1] == "end" {
						return
					}
					mu.Lock()
					seen[got[1]]++
					mu.Unlock()
				}
			})
		}
		for i := range jobs {
			Expect(db.RPush(ctx, "jobs", i).Err()).To(Succeed())
		}
		Expect(db.RPush(ctx, "other", "end", "end", "end", "end").Err()).To(Succeed())
		all.Wait()
		Expect(seen).To(HaveLen(jobs))
	})

	It("runs scripts", func() {
		script := redis.NewScript(`return {redis.call('INCR', KEYS[1]), ARGV[1]}`)
		Expect(script.Run(ctx, db, []string{"n"}, 5).Slice()).To(Equal([]any{int64(1), "5"}))
		Expect(script.Run(ctx, db, []string{"n"}, 5).Slice()).To(Equal([]any{int64(2), "5"}))
	})
})

// increment adds 1 to one counter and 2 to another, as one optimistic transaction.
func increment(ctx context.Context, db *redis.Client, a, b string) error {
	for {
		err := db.Watch(ctx, func(tx *redis.Tx) error {
			n, err := tx.Get(ctx, a).Int()
			if err != nil && !errors.Is(err, redis.Nil) {
				return err
			}
			_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
				p.Set(ctx, a, n+1, 0)
				p.Set(ctx, b, 2*(n+1), 0)
				return nil
			})
			return err
		}, a)
		if !errors.Is(err, redis.TxFailedErr) {
			return err
		}
	}
}
