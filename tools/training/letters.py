# ruff: noqa: E501
"""Text written for this project: letters, mails and minutes in several languages, and the usual heads of licensed files."""

ENGLISH = [
    """Dear Sir or Madam,

I am writing to apply for the position of Research Assistant advertised on your website. Please find attached my curriculum vitae and
a cover letter. I would be happy to provide further information or references if required.

I have five years of experience in data analysis and scientific computing, and I am particularly interested in your work on climate
models. I am available for an interview at any time. Thank you very much for your time and consideration. I look forward to hearing
from you.

Yours faithfully,

Mary Johnson
12 High Street, Cambridge CB2 1TN, United Kingdom
Phone: +44 1223 555 0123
Email: mary.johnson@example.com
""",
    """From: Alice Brown <alice.brown@example.com>
To: Bob Smith <bob.smith@example.org>
Cc: team@example.com
Subject: Re: Meeting on Thursday
Date: Tue, 12 Mar 2024 09:41:07 +0100
Message-ID: <20240312084107.GA2311@mail.example.com>
In-Reply-To: <CAF2k9x1@mail.example.org>
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit

Hi Bob,

thanks for your email. Thursday at 10:30 works for me. Could you please send me the slides before the meeting? I have attached the
latest version of the report; please let me know if you have any questions or comments.

On Mon, Mar 11, 2024 at 4:15 PM Bob Smith <bob.smith@example.org> wrote:
> Hi Alice,
>
> I hope this email finds you well. I just wanted to follow up on our last conversation. Would it be possible to meet this week?
> Let me know what time would suit you best.
>
> Best regards,
> Bob

Best regards,
Alice

--
Alice Brown
Project Manager, Example Ltd.
Tel. +1 (555) 010-0199 | www.example.com
This e-mail and any attachments are confidential and intended solely for the use of the individual to whom it is addressed. If you are
not the intended recipient, please notify the sender immediately and delete this message.
""",
    """Minutes of the weekly project meeting
=====================================

Date: 14 May 2024, 10:00 - 11:15
Location: Room 2.14 and video conference
Present: A. Brown (chair), R. Davis, S. Miller, J. Wilson (minutes)
Apologies: T. Clark

1. Minutes of the last meeting
   The minutes of the last meeting were approved without changes.

2. Status of the work packages
   - WP1 is on schedule. The first deliverable was submitted at the end of April.
   - WP2 is delayed by two weeks because of problems with the new cluster. The deadline was extended to 30 June.
   - WP3: the survey has been completed; 142 of 200 questionnaires were returned (71 %).

3. Budget
   About 60 % of the budget for this year has been spent. Travel costs are higher than expected.

4. Any other business
   The next review will take place on 3 September. The annual report is due by the end of October.

Action items
   [ ] RD: send the draft of the paper to all co-authors (by Friday)
   [ ] SM: update the project plan and the list of risks
   [x] JW: book the room for the workshop

Next meeting: 21 May 2024, 10:00
""",
    """Abstract

We present a new method for the analysis of large data sets. The results show that the proposed approach significantly outperforms
existing methods in terms of accuracy and running time. Our experiments on several benchmark data sets demonstrate that the error is
reduced by up to 30 % compared with the state of the art. We discuss the limitations of the method and outline directions for future
work.

1. Introduction

In recent years, there has been a growing interest in the use of machine learning for scientific applications. However, most of the
existing work has focused on small problems, and it is not clear whether these methods scale to larger ones. In this paper, we address
this question. The main contributions of this paper are as follows: (i) we introduce a simple model that explains the observed
behaviour; (ii) we derive an upper bound on the error; and (iii) we evaluate the model on both synthetic and real data.

The rest of this paper is organized as follows. Section 2 reviews related work. Section 3 describes the proposed method. Section 4
presents the experimental results, and Section 5 concludes the paper.

2. Methods

Let x be a random variable with mean zero and variance one. Without loss of generality, we assume that the function is continuous. It
follows from Equation (3) that the sum converges. For example, if n = 10, then the probability is less than 0.05. All simulations were
performed with the parameters given in Table 1. As shown in Figure 2, there is no statistically significant difference between the two
groups (p = 0.12, t-test). On the other hand, the standard deviation increases with the number of samples.

Acknowledgements

This work was supported by the National Science Foundation under Grant No. 1234567. The authors would like to thank the anonymous
reviewers for their helpful comments. The authors declare that they have no conflict of interest. The data that support the findings
of this study are available from the corresponding author upon reasonable request.

References

[1] J. Smith and A. Jones, "A survey of data compression," IEEE Transactions on Information Theory, vol. 45, no. 3, pp. 123-145, 2019.
[2] M. Garcia, L. Chen, and P. Kumar, "Learning to predict," in Proceedings of the International Conference on Machine Learning, 2021.
[3] R. Miller et al., "Numerical methods for partial differential equations," Journal of Computational Physics 230 (2011) 4567-4589.
    doi:10.1000/xyz123
""",
    """# Project title

A short description of what this project does and who it is for.

## Installation

Install the package with pip:

```bash
pip install my-project
```

or build it from source:

```bash
git clone https://github.com/example/my-project.git
cd my-project
mkdir build && cd build
cmake .. -DCMAKE_BUILD_TYPE=Release
make -j4
sudo make install
```

## Usage

```python
import my_project

result = my_project.run("input.txt", verbose=True)
print(result)
```

## Requirements

- Python 3.9 or later
- NumPy, SciPy and Matplotlib

## Contributing

Pull requests are welcome. For major changes, please open an issue first to discuss what you would like to change. Please make sure to
update tests as appropriate.

## License

This project is licensed under the MIT License - see the [LICENSE](LICENSE) file for details.

## Changelog

### [1.2.0] - 2024-02-01

#### Added
- New option `--output` to choose the output directory (#42).
- Support for Python 3.12.

#### Changed
- Improved performance of the parser.
- Updated dependencies.

#### Fixed
- Fixed a crash when the input file is empty.
- Fix typo in the documentation, thanks to @contributor.
""",
    """The city council announced on Monday that the new bridge will be opened to traffic in the spring of next year, three months later than
originally planned. According to a spokesman, the delay was caused by bad weather and rising costs. "We are doing everything we can to
finish the work as soon as possible," he told reporters at a press conference. The project, which is expected to cost more than $120
million, has been criticized by residents and members of the opposition, who say that the money would be better spent on public
transport and schools.

The company said its net profit rose 12 percent to $4.3 billion in the third quarter, compared with $3.8 billion in the same period last
year. Revenue increased by 8 percent, while analysts had expected an increase of about 5 percent. Shares of the company closed up 2.4
percent on the New York Stock Exchange on Wednesday. The chief executive said in a statement that demand was strong in Europe and Asia.

Police are investigating the death of a 45-year-old man who was found near the railway station early on Sunday morning. Anyone with
information is asked to call the local police department. The president is scheduled to meet with the prime minister in Washington next
week to discuss trade, security and climate change. The government has not yet commented on the report. In the United States, the
number of people who are out of work fell to its lowest level since 2007, the Department of Labor said on Friday.

The team won the championship for the second time in its history after beating its rivals 3-1 in the final on Saturday night. The first
goal was scored in the 23rd minute; in the second half, the visitors had several chances but failed to score.
""",
    """To whom it may concern,

This is to certify that Mr. James Wilson was employed by our company as a software engineer from 1 March 2018 to 31 August 2023. During
this time he proved to be a reliable, hard-working and highly motivated member of the team. He left the company at his own request. We
thank him for his contribution and wish him all the best for the future.

Invoice No. 2024-0137                                              Date: 05/06/2024

Bill to:                                    Ship to:
Example Corporation                         Example Corporation
Accounts Department                         Warehouse 3
100 Main Street                             100 Main Street
Springfield, IL 62701                       Springfield, IL 62701

Description                                 Quantity    Unit price        Amount
--------------------------------------------------------------------------------
Office chair, black                                4       $129.00       $516.00
Desk lamp                                          2        $34.50        $69.00
Delivery                                           1        $25.00        $25.00
--------------------------------------------------------------------------------
Subtotal                                                                 $610.00
Sales tax (8.25%)                                                         $50.33
Total due                                                                $660.33

Please pay the total amount within 30 days of receipt of this invoice. Payment by bank transfer, credit card or check. Thank you for
your business! If you have any questions concerning this invoice, please contact us at billing@example.com.
""",
    """Dear all,

Just a quick reminder that the deadline for submitting your contributions is this Friday, 5 pm. Please also note that the server will be
down for maintenance on Saturday between 8:00 and 12:00. We apologize for any inconvenience this may cause.

TODO
- buy milk, bread, eggs, butter, coffee, apples
- call the dentist, pay the rent, return the books to the library
- finish the presentation; check the figures again
- ask Peter about the holiday: flights, hotel, car

Notes from the lecture, 3 October
* Definition: a group is a set G together with a binary operation such that ... (associativity, identity, inverse)
* Example: the integers under addition; why not the natural numbers?
* Theorem (Lagrange): the order of a subgroup divides the order of the group. Proof: cosets, see chapter 2.
* Homework: exercises 1.4, 1.7 and 2.3, due next Monday

Dear Grandma,

Thank you so much for the lovely birthday present! It was very kind of you, and I really like it. We are all fine here. The weather has
been beautiful for the last two weeks, so we went to the beach almost every day. School starts again next week. I hope you are feeling
better and that we will see you soon. Give my love to Grandpa.

Lots of love,
Emma

P.S. Mum says hello and will call you on Sunday.
""",
    """Bug report

Steps to reproduce:
1. Open the application and log in.
2. Click on "Settings" and then on "Export".
3. Select a folder and press OK.

Expected behavior: the file is saved and a message is shown.
Actual behavior: the application crashes with the following error message: "Cannot open file for writing: Permission denied".

Environment: Ubuntu 22.04, Python 3.10.12, version 2.3.1
This happens every time. It worked fine in the previous version. I think the problem might be related to the changes in #1234. As a
workaround, you can run the program as root, but this is obviously not a good idea.

> Thanks for reporting this. I can reproduce it on my machine, and I will have a look at it as soon as possible.
> Could you please attach the log file and the output of the following command?

Sorry for the late reply. Here is the full output. It looks like the directory does not exist. Closing this as fixed in 2.3.2; feel free
to reopen if the problem still occurs.

commit message: Fix a race condition in the worker pool

The lock was released before the queue was empty, so that a worker could start while another one was still shutting down. Hold it until
all workers have finished, and add a test.

Signed-off-by: Jane Doe <jane.doe@example.com>
Reviewed-by: John Doe <john.doe@example.com>
""",
    """TERMS AND CONDITIONS

1. Definitions. In this Agreement, unless the context otherwise requires, the following words and expressions shall have the following
meanings: "Customer" means the person or company who purchases the Services from the Supplier; "Services" means the services supplied by
the Supplier to the Customer as set out in the Order.

2. Term and termination. This Agreement shall commence on the Effective Date and shall continue for a period of twelve (12) months unless
terminated earlier in accordance with this clause. Either party may terminate this Agreement by giving the other party not less than
thirty (30) days' written notice.

3. Limitation of liability. In no event shall either party be liable to the other for any indirect, special or consequential loss or
damage arising out of or in connection with this Agreement. Nothing in this Agreement shall limit or exclude liability for death or
personal injury caused by negligence.

4. Governing law. This Agreement shall be governed by and construed in accordance with the laws of England and Wales, and the parties
hereby submit to the exclusive jurisdiction of the courts of England and Wales.

IN WITNESS WHEREOF, the parties hereto have executed this Agreement as of the date first above written.

Privacy policy. We collect personal data that you provide to us, such as your name, address, e-mail address and telephone number. We use
cookies to improve your experience on our website. You have the right to access, correct or delete your personal data at any time.
""",
    """Ingredients (serves 4)

500 g flour, 2 eggs, 250 ml milk, 100 g butter, 1 tsp salt, 2 tbsp sugar, 1 onion, 2 cloves of garlic, olive oil, pepper

Preheat the oven to 180 °C (350 °F). In a large bowl, mix the flour, sugar and salt. Add the eggs and the milk and stir until smooth.
Melt the butter in a pan over medium heat, add the chopped onion and the garlic and cook for about 5 minutes until soft. Bake for 25-30
minutes or until golden brown. Leave to cool for 10 minutes before serving.

Curriculum vitae

Personal details: John Smith, born 4 July 1985 in Bristol, British, married, two children
Education: 2004-2008 BSc in Physics, University of Bristol; 2008-2012 PhD, Imperial College London
Work experience: 2012-2016 postdoctoral researcher; since 2016 senior data scientist
Skills: Python, C++, SQL, Linux, Git, machine learning, project management
Languages: English (native), French (fluent), German (basic)
References available on request.

Patient: female, 63 years old. Chief complaint: chest pain for two days. History: high blood pressure, type 2 diabetes. Medication:
metformin 500 mg twice daily, ramipril 5 mg once daily. On examination: blood pressure 145/90 mmHg, heart rate 88/min, temperature
36.8 °C, lungs clear. Laboratory: haemoglobin 12.1 g/dl, creatinine 0.9 mg/dl, glucose 156 mg/dl. No evidence of acute infarction.
Recommendation: follow-up in two weeks.
""",
]

EUROPEAN = [
    """Sehr geehrte Damen und Herren,

hiermit bewerbe ich mich um die ausgeschriebene Stelle als wissenschaftlicher Mitarbeiter. Meine Bewerbungsunterlagen finden Sie im Anhang.
Für Rückfragen stehe ich Ihnen gerne zur Verfügung. Über eine Einladung zu einem persönlichen Gespräch würde ich mich sehr freuen.

Mit freundlichen Grüßen
Max Müller

Liebe Frau Schmidt,

vielen Dank für Ihre Nachricht vom 12. März. Leider kann ich den Termin am Donnerstag nicht wahrnehmen. Wäre es möglich, die Besprechung
auf nächste Woche zu verschieben? Bitte geben Sie mir kurz Bescheid, ob Ihnen Dienstag um 14 Uhr passt. Anbei sende ich Ihnen die
überarbeitete Fassung des Berichts.

Viele Grüße
Anna Weber

Protokoll der Sitzung vom 14. Mai 2024
Anwesend: Herr Fischer (Leitung), Frau Wagner, Herr Becker; entschuldigt: Frau Hoffmann
TOP 1: Das Protokoll der letzten Sitzung wird ohne Änderungen genehmigt.
TOP 2: Herr Becker berichtet über den Stand des Projekts. Die Kosten liegen etwa 10 % über dem Plan.
TOP 3: Verschiedenes. Die nächste Sitzung findet am 28. Mai um 10 Uhr statt.

Rechnung Nr. 2024-118, Rechnungsdatum: 03.06.2024. Bitte überweisen Sie den Gesamtbetrag von 1.249,50 € (inkl. 19 % MwSt.) innerhalb von 14
Tagen ohne Abzug auf das unten angegebene Konto. Wir bedanken uns für Ihren Auftrag.

Die Bundesregierung will im kommenden Jahr mehr Geld für den Ausbau der Bahn ausgeben. Das teilte das Verkehrsministerium am Mittwoch in
Berlin mit. Nach Angaben der Polizei wurden bei dem Unfall drei Menschen verletzt. Am Wochenende wird es wieder wärmer, die Temperaturen
steigen auf bis zu 25 Grad. Der Verein gewann das Spiel mit 2:1 (1:0) und steht damit auf dem dritten Platz der Tabelle.
""",
    """Madame, Monsieur,

Je vous écris au sujet de votre annonce parue le 3 mars dernier. Vous trouverez ci-joint mon curriculum vitae ainsi qu'une lettre de
motivation. Je reste à votre disposition pour tout renseignement complémentaire et je vous prie d'agréer, Madame, Monsieur, l'expression
de mes salutations distinguées.

Pierre Dubois
12, rue de la République, 69002 Lyon

Bonjour Marie,

Merci pour ton message. Je suis désolé de ne pas avoir répondu plus tôt. Est-ce que tu serais disponible jeudi après-midi pour une réunion ?
N'hésite pas à m'appeler si tu as des questions. Bien cordialement, à bientôt !

Compte rendu de la réunion du 14 mai 2024
Présents : Mme Laurent, M. Petit, M. Moreau. Excusée : Mme Leroy.
1. Le compte rendu de la dernière réunion est approuvé à l'unanimité.
2. État d'avancement du projet : les travaux ont pris deux semaines de retard.
3. Questions diverses. La prochaine réunion aura lieu le mardi 28 mai à 10 heures.

Facture n° 2024-118 du 3 juin 2024. Montant total à payer : 1 249,50 € TTC, dont TVA 20 %. Merci de bien vouloir régler cette facture dans un
délai de trente jours à compter de la date de réception.

Le gouvernement a annoncé mercredi une série de mesures en faveur de l'emploi. Selon le ministère de l'Intérieur, il n'y a pas eu de victimes.
L'année dernière, le nombre de visiteurs a augmenté de 8 %. Aujourd'hui, c'est l'une des plus grandes villes du pays, avec près de 500 000
habitants. Il faut que nous fassions attention à ce qu'il a dit, parce que ce n'était pas la première fois.
""",
    """Estimados señores:

Me dirijo a ustedes para solicitar información sobre el puesto de trabajo anunciado en su página web. Adjunto les envío mi currículum. Quedo
a su disposición para cualquier aclaración. En espera de su respuesta, les saluda atentamente,

Carlos García Fernández

Hola, María:

Muchas gracias por tu mensaje. ¿Podrías enviarme el informe antes del viernes? Si tienes alguna pregunta, no dudes en llamarme. ¡Que tengas un
buen fin de semana! Un abrazo.

Acta de la reunión del 14 de mayo de 2024
Asistentes: D.ª Ana López, D. Javier Martínez y D. Luis Sánchez.
1. Se aprueba por unanimidad el acta de la sesión anterior.
2. Situación del proyecto: el presupuesto se ha superado en un 10 %.
3. Ruegos y preguntas. La próxima reunión se celebrará el 28 de mayo a las 10:00 horas.

El Gobierno anunció el miércoles que el año que viene aumentará la inversión en educación. Según la policía, no hubo heridos. Además, la
población de la ciudad ha crecido más de un 5 % en los últimos diez años. También es necesario que los niños aprendan a leer y escribir.
""",
    """Gentili Signori,

con la presente desidero candidarmi per la posizione di ricercatore pubblicata sul vostro sito. In allegato trovate il mio curriculum vitae.
Resto a disposizione per qualsiasi chiarimento. In attesa di un vostro cortese riscontro, porgo cordiali saluti.

Luca Rossi

Ciao Giulia, grazie mille per la tua e-mail! Purtroppo giovedì non posso venire alla riunione. Possiamo sentirci la settimana prossima? Fammi
sapere. A presto, un caro saluto.

Verbale della riunione del 14 maggio 2024. Il verbale della seduta precedente è approvato all'unanimità. La prossima riunione si terrà martedì 28
maggio alle ore 10. Fattura n. 118 del 3 giugno 2024, importo totale 1.249,50 €, IVA 22 % inclusa.

Il governo ha annunciato che l'anno prossimo verranno costruite nuove scuole. Secondo la polizia, l'incidente è avvenuto verso le otto di sera.
Negli ultimi anni la città è cresciuta molto, perché è più facile trovare lavoro. Così è stato deciso che non ci saranno più ritardi.
""",
    """Prezados senhores,

Venho por meio desta candidatar-me à vaga anunciada em seu site. Segue em anexo o meu currículo. Fico à disposição para mais informações.
Atenciosamente, João da Silva

Olá, Ana! Muito obrigado pela sua mensagem. Infelizmente não poderei participar da reunião de quinta-feira. Podemos conversar na próxima semana?
Um abraço e até breve.

O governo informou ontem que a inflação deve ficar abaixo de 4 % neste ano. De acordo com a polícia, ninguém ficou ferido. Nos últimos anos, a
população da região aumentou, e hoje são mais de dois milhões de habitantes. Também não há previsão de chuva até amanhã de manhã.
""",
    """Szanowni Państwo,

w odpowiedzi na ogłoszenie zamieszczone na Państwa stronie internetowej pragnę zgłosić swoją kandydaturę. W załączeniu przesyłam życiorys. Będę
wdzięczny za możliwość rozmowy. Z poważaniem, Jan Kowalski

Cześć Kasiu, dziękuję za wiadomość. Niestety nie mogę przyjść na spotkanie w czwartek. Czy możemy się spotkać w przyszłym tygodniu? Pozdrawiam
serdecznie.

Rząd zapowiedział, że w przyszłym roku powstaną nowe szkoły. Według policji nikt nie został ranny. W ciągu ostatnich dziesięciu lat liczba
mieszkańców miasta wzrosła o około pięć procent. Dzisiaj będzie pochmurno, a temperatura wyniesie do dwudziestu stopni.

Vážení, na základě Vašeho inzerátu se ucházím o nabízené místo. V příloze zasílám svůj životopis. Děkuji a těším se na Vaši odpověď. S pozdravem,
Petr Novák. Ahoj Jano, děkuji za zprávu. Bohužel se ve čtvrtek nemůžu zúčastnit. Můžeme se sejít příští týden? Měj se hezky.
Vláda oznámila, že v příštím roce zvýší výdaje na školství. Podle policie nebyl nikdo zraněn. Je také důležité, aby se děti učily číst a psát.
""",
    """Geachte heer, mevrouw,

Hierbij solliciteer ik naar de functie die op uw website staat vermeld. In de bijlage vindt u mijn curriculum vitae. Ik hoop dat u mij uitnodigt
voor een gesprek. Met vriendelijke groet, Jan de Vries

Hoi Lisa, bedankt voor je bericht. Helaas kan ik donderdag niet bij de vergadering zijn. Zullen we volgende week afspreken? Groetjes!
Het kabinet wil volgend jaar meer geld uitgeven aan het onderwijs. Volgens de politie raakte niemand gewond. De afgelopen jaren is het aantal
inwoners van de stad sterk gestegen. Vandaag is het bewolkt en wordt het ongeveer twintig graden.

Hej Anna! Tack för ditt meddelande. Tyvärr kan jag inte komma på mötet på torsdag. Kan vi ses nästa vecka? Hör gärna av dig om du har några frågor.
Med vänliga hälsningar, Lars Nilsson. Regeringen meddelade på onsdagen att den vill satsa mer på skolan. Enligt polisen skadades ingen vid olyckan.
Under de senaste åren har antalet invånare ökat, och i dag är det en av landets största städer.

Kære Peter, tak for din besked. Desværre kan jeg ikke komme til mødet på torsdag. Kan vi mødes i næste uge? Med venlig hilsen, Mette. Regjeringen
vil bruke mer penger på skolen neste år. Ifølge politiet ble ingen skadet. Været blir bedre i helgen. Hyvää päivää, kiitos viestistäsi. Valitettavasti
en pääse kokoukseen torstaina. Ystävällisin terveisin, Mika.
""",
]

_APACHE = """Licensed under the Apache License, Version 2.0 (the "License");
you may not use this file except in compliance with the License.
You may obtain a copy of the License at

    http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software
distributed under the License is distributed on an "AS IS" BASIS,
WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
See the License for the specific language governing permissions and
limitations under the License."""
_ASF = """Licensed to the Apache Software Foundation (ASF) under one
or more contributor license agreements.  See the NOTICE file
distributed with this work for additional information
regarding copyright ownership.  The ASF licenses this file
to you under the Apache License, Version 2.0 (the
"License"); you may not use this file except in compliance
with the License.  You may obtain a copy of the License at

  http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing,
software distributed under the License is distributed on an
"AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY
KIND, either express or implied.  See the License for the
specific language governing permissions and limitations
under the License."""
_GPL = """This program is free software; you can redistribute it and/or modify
it under the terms of the GNU General Public License as published by
the Free Software Foundation; either version 2 of the License, or
(at your option) any later version.

This program is distributed in the hope that it will be useful,
but WITHOUT ANY WARRANTY; without even the implied warranty of
MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
GNU General Public License for more details.

You should have received a copy of the GNU General Public License along
with this program; if not, write to the Free Software Foundation, Inc.,
51 Franklin Street, Fifth Floor, Boston, MA 02110-1301 USA."""
_GPL3 = """This program is free software: you can redistribute it and/or modify
it under the terms of the GNU General Public License as published by
the Free Software Foundation, either version 3 of the License, or
(at your option) any later version.

This program is distributed in the hope that it will be useful,
but WITHOUT ANY WARRANTY; without even the implied warranty of
MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
GNU General Public License for more details.

You should have received a copy of the GNU General Public License
along with this program.  If not, see <https://www.gnu.org/licenses/>."""
_LGPL = """This library is free software; you can redistribute it and/or
modify it under the terms of the GNU Lesser General Public
License as published by the Free Software Foundation; either
version 2.1 of the License, or (at your option) any later version.

This library is distributed in the hope that it will be useful,
but WITHOUT ANY WARRANTY; without even the implied warranty of
MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
Lesser General Public License for more details.

You should have received a copy of the GNU Lesser General Public
License along with this library; if not, see
<http://www.gnu.org/licenses/>."""
_MPL = """This Source Code Form is subject to the terms of the Mozilla Public
License, v. 2.0. If a copy of the MPL was not distributed with this
file, You can obtain one at http://mozilla.org/MPL/2.0/."""
_MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE."""
_BSD = """Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this
   list of conditions and the following disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice,
   this list of conditions and the following disclaimer in the documentation
   and/or other materials provided with the distribution.

3. Neither the name of the copyright holder nor the names of its
   contributors may be used to endorse or promote products derived from
   this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS"
AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE."""
_ISC = """Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted, provided that the above
copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE."""


def _commented(text: str, style: str) -> str:
    lines = text.split("\n")
    if style == "block":
        return "/*\n" + "\n".join(f" * {line}".rstrip() for line in lines) + "\n */\n"
    return "\n".join(f"{style} {line}".rstrip() for line in lines) + "\n"


LICENCE_HEADERS = [
    _commented("Copyright (c) 2018 The Authors. All rights reserved.\n\n" + _BSD, "block")
    + '\n#include <stdio.h>\n#include "config.h"\n',
    "#!/bin/sh\n#\n"
    + _commented("Copyright (C) 2012 Free Software Foundation, Inc.\n\n" + _GPL3, "#")
    + "\nset -e\n",
    _commented("Copyright 2020 Google LLC\n\n" + _APACHE, "//") + '\npackage main\n\nimport (\n\t"fmt"\n)\n',
    "<!--\n" + _ASF + "\n-->\n",
    "#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n"
    + _commented("Copyright (C) 2015 The Authors\n\n" + _GPL, "#")
    + "\nimport os\nimport sys\n",
    "/* SPDX-License-Identifier: GPL-2.0 */\n#ifndef _EXAMPLE_H\n#define _EXAMPLE_H\n\n#include <linux/types.h>\n\n#endif /* _EXAMPLE_H */\n",
    _commented("Copyright (C) 2003 The Authors\n\n" + _LGPL, "block")
    + '\n#ifndef EXAMPLE_H\n#define EXAMPLE_H\n\n#ifdef __cplusplus\nextern "C" {\n#endif\n',
    _commented(_MPL, "block") + "\nuse std::collections::HashMap;\n",
    _commented(_MPL, "#"),
    _commented("Copyright (c) 2014 The Authors\n\n" + _ISC, "block"),
    "MIT License\n\nCopyright (c) 2021 The Authors\n\n" + _MIT + "\n",
    "BSD 3-Clause License\n\nCopyright (c) 2019, The Authors\nAll rights reserved.\n\n" + _BSD + "\n",
    _commented("Copyright (c) 2016 The Authors\n\n" + _MIT, "block")
    + "\n'use strict';\n\nconst fs = require('fs');\nconst path = require('path');\n",
    _commented(
        "Copyright (c) Facebook, Inc. and its affiliates.\n\nThis source code is licensed under the MIT license found in the\nLICENSE file in the root directory of this source tree.",
        "block",
    ),
    _commented(
        "Copyright 2013 The Authors. All rights reserved.\nUse of this source code is governed by a BSD-style\nlicense that can be found in the LICENSE file.",
        "//",
    ),
    _commented(_ASF, "block")
    + "package org.apache.example;\n\nimport java.util.List;\nimport java.util.Map;\n\npublic class Example {\n",
    _commented("Copyright (C) 2007 The Android Open Source Project\n\n" + _APACHE, "block")
    + "package com.android.example;\n",
    _commented("Copyright (c) 2022 The Authors.\n\nSPDX-License-Identifier: MIT", "//"),
    _commented(
        "Copyright (C) 2010 The Authors\n\nThis file is part of the example library.\n\n" + _GPL3, "//"
    )
    + "\n#pragma once\n\n#include <string>\n#include <vector>\n#include <memory>\n",
    _commented(
        'Licensed under the Apache License, Version 2.0 (the "License"); you may\nnot use this file except in compliance with the License. You may obtain\na copy of the License at\n\n     http://www.apache.org/licenses/LICENSE-2.0\n\nUnless required by applicable law or agreed to in writing, software\ndistributed under the License is distributed on an "AS IS" BASIS, WITHOUT\nWARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the\nLicense for the specific language governing permissions and limitations\nunder the License.',
        "#",
    ),
    """[build-system]
requires = ["setuptools>=61.0", "wheel"]
build-backend = "setuptools.build_meta"

[project]
name = "example"
version = "0.1.0"
description = "A short description"
readme = "README.md"
requires-python = ">=3.9"
license = {text = "MIT"}
authors = [{name = "Jane Doe", email = "jane@example.com"}]
classifiers = [
    "Development Status :: 4 - Beta",
    "Intended Audience :: Developers",
    "License :: OSI Approved :: MIT License",
    "Operating System :: OS Independent",
    "Programming Language :: Python :: 3",
    "Programming Language :: Python :: 3.11",
]
dependencies = ["numpy>=1.24", "requests"]

[project.optional-dependencies]
dev = ["pytest>=7.0", "ruff", "mypy"]

[project.scripts]
example = "example.cli:main"

[tool.pytest.ini_options]
testpaths = ["tests"]
addopts = "-ra -q"

[tool.ruff]
line-length = 100
target-version = "py311"
""",
    """#!/bin/bash
#SBATCH --job-name=example
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=32
#SBATCH --cpus-per-task=1
#SBATCH --mem=64G
#SBATCH --time=12:00:00
#SBATCH --partition=normal
#SBATCH --gres=gpu:1
#SBATCH --output=%x-%j.out
#SBATCH --error=%x-%j.err
#SBATCH --mail-type=END,FAIL

set -euo pipefail

module purge
module load gcc/12.2.0 openmpi/4.1.4 python/3.11
source "$HOME/venv/bin/activate"

export OMP_NUM_THREADS=$SLURM_CPUS_PER_TASK
cd "$SLURM_SUBMIT_DIR"
srun python train.py --config config.yaml --epochs 100 --batch-size 64 "$@"
""",
    """[Unit]
Description=Example service
Documentation=https://www.example.com/
After=network-online.target
Wants=network-online.target

[Service]
Type=simple
User=www-data
Group=www-data
WorkingDirectory=/var/lib/example
EnvironmentFile=-/etc/default/example
ExecStart=/usr/bin/example --config /etc/example/example.conf
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=5
LimitNOFILE=65536
NoNewPrivileges=true
ProtectSystem=full
PrivateTmp=true

[Install]
WantedBy=multi-user.target
""",
    """FROM python:3.11-slim AS base
LABEL maintainer="admin@example.com"
ENV PYTHONDONTWRITEBYTECODE=1 \\
    PYTHONUNBUFFERED=1
WORKDIR /app
RUN apt-get update && apt-get install -y --no-install-recommends \\
    build-essential \\
    curl \\
    git \\
    && rm -rf /var/lib/apt/lists/*
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s CMD curl -f http://localhost:8000/health || exit 1
USER nobody
ENTRYPOINT ["python", "-m", "app"]
CMD ["--host", "0.0.0.0", "--port", "8000"]
""",
    """CREATE TABLE IF NOT EXISTS users (
    id            BIGSERIAL PRIMARY KEY,
    username      VARCHAR(64) NOT NULL UNIQUE,
    email         VARCHAR(255) NOT NULL,
    password_hash CHAR(60) NOT NULL,
    is_active     BOOLEAN NOT NULL DEFAULT TRUE,
    created_at    TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    updated_at    TIMESTAMP WITH TIME ZONE
);

CREATE TABLE orders (
    id         INT NOT NULL AUTO_INCREMENT,
    user_id    INT NOT NULL,
    total      DECIMAL(10,2) NOT NULL DEFAULT '0.00',
    status     ENUM('pending','paid','shipped','cancelled') NOT NULL DEFAULT 'pending',
    PRIMARY KEY (`id`),
    KEY idx_orders_user_id (user_id),
    CONSTRAINT fk_orders_users FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

SELECT u.username, COUNT(*) AS order_count, SUM(o.total) AS revenue
FROM users u
LEFT JOIN orders o ON o.user_id = u.id
WHERE o.created_at >= '2024-01-01' AND u.is_active = TRUE
GROUP BY u.username
HAVING COUNT(*) > 10
ORDER BY revenue DESC
LIMIT 100;

UPDATE users SET last_login = CURRENT_TIMESTAMP WHERE id = 42;
ALTER TABLE users ADD COLUMN phone VARCHAR(32);
INSERT INTO users (username, email) VALUES ('alice', 'alice@example.com'), ('bob', 'bob@example.com') ON CONFLICT DO NOTHING;
""",
]
