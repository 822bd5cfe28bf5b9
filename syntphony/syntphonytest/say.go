package syntphonytest

import (
	"encoding/json"

	"github.com/seed-127a5941/parley/syntphony"
)

// Say returns an answer in words, with buttons below it.
func Say(text string, buttons ...syntphony.Button) syntphony.Answer {
	return answerOf(syntphony.AnswerTypeTextOptions, text, buttons)
}

// Carousel returns an answer of cards.
func Carousel(cards ...syntphony.Card) syntphony.Answer {
	return answerOf(syntphony.AnswerTypeCarousel, cards, nil)
}

// File returns an answer that is a file. The vendor does not publish the names of its members, so "url" and "fileName"
// are the fake's choice.
func File(url, name string) syntphony.Answer {
	return answerOf(syntphony.AnswerTypeFile, map[string]string{"url": url, "fileName": name}, nil)
}

func answerOf(kind syntphony.AnswerType, content any, buttons []syntphony.Button) syntphony.Answer {
	raw, _ := json.Marshal(content) // never fails for strings and lists of them
	return syntphony.Answer{
		Type: kind, Content: syntphony.Content{Raw: raw}, Buttons: append([]syntphony.Button{}, buttons...),
		QuickReplies: []syntphony.Button{}, Evaluable: true,
	}
}
