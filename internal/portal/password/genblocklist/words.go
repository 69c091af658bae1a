// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import "strings"

// frequent words are combined with each other.
var frequent = strings.Fields(`
password passwort passwd admin administrator welcome letmein login secret master qwerty qwertyuiop iloveyou sunshine princess dragon
monkey football baseball superman batman dealer dealership dealerportal portal service forecourt changeme temporary default`)

// words are stretched and get tails.
var words = append(strings.Fields(`
abcdef abc123 access account alexander america amanda andrea angel anthony apple asdf asdfgh asdfghjkl ashley austin auto autohaus
automobile bailey basketball blessed butterfly california canada charlie cheese chelsea chocolate cookie computer company contact
customer daniel dallas default1 diamond driver electric engine family fishing flower forever freedom friend garage
george ginger goodluck guest hannah happy harley hello hockey holiday house hunter internet jackson jasmine jennifer jessica
jesus jordan joshua justin killer liverpool lovely loveme maggie manager market martin matthew maverick mechanic merlin
michael michelle mobile monster morning motor motorcar natasha newyork nicole nothing office orange parts password1
patrick peanut pepper phoenix please purple qazwsx qwer1234 racing rainbow ranger raptor robert sales samantha samsung
scooter security server shadow showroom smokey soccer sommer sophie spring starwars station summer support system taylor
technician test tester texas thomas thunder tigger tokyo trustno1 tuesday user vehicle victoria warranty warrior whatever
william winner winter workshop yankees zxcvbn zxcvbnm`), frequent...)

// tails are put before and after words.
var tails = []string{
	"1", "12", "123", "1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890", "0123456789", "123123", "123123123",
	"111111", "1111111111", "000000", "0000000000", "!", "!!", "!!!", "!!!!", "!!!!!", "!!!!!!!!", "....", "....................",
	"2020", "2021", "2022", "2023", "2024", "2025", "2026", "2027", "@123", "@1234", "@12345", "#123", "#1234",
	"654321", "987654321", "9876543210", "qwerty", "qwertyuiop", "abc123", "abcdef", "abcdefgh", "abcdefghij", "xxxxxxxxxx",
}

// rows are runs of digits and letters, and of neighbours on the keyboard.
var rows = strings.Fields(`
1234567890 0123456789 123456789 12345678 1234567 123456 12345 1234 123 112233 11223344 1122334455 121212 123321 1234554321 123654
147258369 159753 159357 789456123 741852963 963852741 1q2w3e 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1q2w3e4r5t6y7u8i9o0p 1qaz2wsx
1qaz2wsx3edc 1qaz2wsx3edc4rfv qazwsxedc qazwsxedcrfv qazwsxedcrfvtgb qwer qwert qwerty qwertyu qwertyui qwertyuio qwertyuiop
qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm asdf asdfg asdfgh asdfghj asdfghjk asdfghjkl zxcv zxcvb zxcvbn zxcvbnm qwertz
qwertzuiop azerty azertyuiop abcd abcde abcdef abcdefg abcdefgh abcdefghijklmno abcdefghijklmnop abcdefghijklmnopqrstuvwxyz
a1b2c3 a1b2c3d4 a1b2c3d4e5 a1b2c3d4e5f6g7h8 aa123456 q1w2e3r4t5y6 zaq12wsx zaq1xsw2cde3 poiuytrewq lkjhgfdsa mnbvcxz 00000 11111
22222 33333 44444 55555 66666 77777 88888 99999 aaaaa xxxxx zzzzz`)

// phrases are sentences, with and without their spaces.
var phrases = strings.Split(strings.TrimSpace(`
correct horse battery staple
the quick brown fox
the quick brown fox jumps over the lazy dog
lorem ipsum dolor sit amet
to be or not to be
i love you so much
i love you forever
i love my family
i love my life
i love my wife
i love my husband
i love my children
i love my kids
i love my dog
i love my cat
i love my job
i hate my job
i hate passwords
i hate this password
i forgot my password
i forgot it again
this is my password
this is a password
this is a long password
this is a strong password
this is a secure password
this is a secret
my password is password
my password is secret
my secret password
my super secret password
my strong password
my new password
my long password
my first password
your password here
enter your password
please let me in
let me in please
let me in now please
open the door please
open sesame open sesame
change me please
change this password
please change me now
changeme changeme
password for work
password for portal
password at work
password password
not my password
no password here
new password please
no more passwords
one two three four
one two three four five
one two three four five six
abc def ghi jkl mno
what is my password
what is the password
who needs passwords
never gonna give you up
may the force be with you
live long and prosper
winter is coming now
hakuna matata forever
once upon a time
happy birthday to you
merry christmas everyone
happy new year everyone
have a nice day today
good morning sunshine
good morning everyone
hello world hello world
hello my name is
how are you today
jesus is my savior
jesus loves me forever
god is good all the time
in god we trust
god bless america
united states of america
born to be wild
live laugh love forever
work hard play hard
time to go home
thank god its friday
first day of work
welcome to the jungle
welcome to the portal
welcome to the team
welcome back my friend
test test test test
testing one two three
test account password
temporary password
administrator password
dealer portal password
dealership password
car dealership password
sales department
service department
parts department
service manager
general manager
best dealer in town
number one dealer
we sell more cars
buy a new car today
i love fast cars
drive safe every day
baby you can drive my car
life is a highway
ich liebe dich so sehr
das ist mein passwort
mein geheimes passwort
passwort vergessen
je t aime mon amour
mot de passe secret
mi contrasena secreta
te quiero mucho mucho
contrasena segura`), "\n")
