"""Names of months as they stand in texts: facts from Unicode CLDR and common usage, folded as `dates` folds them.

One line per language: twelve months, parted by `|`; forms (nominative, genitive, locative, short) parted by `,`.
Belarusian has both orthographies and its Latin script; Arabic has the Gulf, Levantine and Maghreb names.
"""

from __future__ import annotations

from typing import Final

# fmt: off
MONTHS: Final[dict[str, str]] = {
    "en": (
        "january,jan|february,feb|march,mar|april,apr|may|june,jun|july,jul|august,aug|september,sept,sep|october,oct|n"
        "ovember,nov|december,dec"
    ),
    "ru": (
        "январь,января,янв|февраль,февраля,февр,фев|марта,март,мар|апрель,апреля,апр|маи,мая|июнь,июня,июн|июль,июля,ию"
        "л|августа,август,авг|сентябрь,сентября,сент,сен|октябрь,октября,окт|ноябрь,ноября,нояб,ноя|декабрь,декабря,дек"
    ),
    "uk": (
        "січень,січня,січ|лютого,лютии,лют|березень,березня,берез,бер|квітень,квітня,квіт,кві|травень,травня,трав,тра|ч"
        "ервень,червня,черв,чер|липень,липня,лип|серпень,серпня,серп,сер|вересень,вересня,верес,вер|жовтень,жовтня,жовт"
        ",жов|листопада,листопад,лист,лис|грудень,грудня,груд,гру"
    ),
    "be": (
        "studzienia,studzien,студзень,студзеня,студзені,студз,сту|lutaha,лютага,лютым,luty,люты,лют|sakavika,сакавіка,s"
        "akavik,сакавік,сак|krasavika,красавіка,krasavik,красавік,крас,кра|traunia,travien,травень,трауень,трауня,maja,"
        "трав,маи,мая,тра|cervienia,cervien,чэрвень,чэрвеня,чэрв,чэр|lipienia,lipien,ліпень,ліпеня,ліп|zniunia,znivien,"
        "жнівень,жніуня,жнів,жні|vierasien,vierasnia,верасень,верасьня,верасня,верас,вер|kastrycnika,кастрычніка,kastry"
        "cnik,кастрычнік,кастр,кас|listapada,лістапада,listapad,лістапад,ліст,ліс|snieznia,сьнежань,sniezan,снежань,сьн"
        "ежня,снежня,снеж,сне"
    ),
    "fr": (
        "janvier,janv|fevrier,fevr,fev|mars|avril,avr|mai|juin|juillet,juil|aout|septembre,sept|octobre,oct|novembre,no"
        "v|decembre,dec"
    ),
    "de": (
        "januars,janner,januar,jan|februar,feber,feb|maerz,marz,mar,mrz|april,apr|mai|juni,jun|juli,jul|august,aug|sept"
        "embers,september,sept,sep|oktober,okt|november,nov|dezember,dez"
    ),
    "es": (
        "enero,ene|febrero,feb|marzo,mar|abril,abr|mayo,may|junio,jun|julio,jul|agosto,ago|septiembre,setiembre,sept,se"
        "p,set|octubre,oct|noviembre,nov|diciembre,dic"
    ),
    "pl": (
        "stycznia,styczen,sty|lutego,luty,lut|marzec,marca,mar|kwiecien,kwietnia,kwi|maja,maj|czerwiec,czerwca,cze|lipi"
        "ec,lipca,lip|sierpien,sierpnia,sie|wrzesien,wrzesnia,wrz|pazdziernika,pazdziernik,pazdz,paz|listopada,listopad"
        ",lis|grudzien,grudnia,grudz,gru"
    ),
    "it": (
        "gennaio,genn,gen|febbraio,febb,feb|marzo,mar|aprile,apr|maggio,magg,mag|giugno,giu|luglio,lug|agosto,ago|sette"
        "mbre,sett,set|ottobre,ott|novembre,nov|dicembre,dic"
    ),
    "pt": (
        "janeiro,jan|fevereiro,fev|marco,mar|abril,abr|maio,mai|junho,jun|julho,jul|agosto,ago|setembro,set|outubro,out"
        "|novembro,nov|dezembro,dez"
    ),
    "nl": (
        "januari,jan|februari,feb|maart,mrt|april,apr|mei|juni,jun|juli,jul|augustus,aug|september,sep|oktober,okt|nove"
        "mber,nov|december,dec"
    ),
    "ro": (
        "ianuarie,ian|februarie,feb|martie,mar|aprilie,apr|mai|iunie,iun|iulie,iul|august,aug|septembrie,sept|octombrie"
        ",oct|noiembrie,nov|decembrie,dec"
    ),
    "lt": (
        "sausio,sausis,saus|vasario,vasaris,vas|kovas,kovo,kov|balandzio,balandis,bal|geguzes,geguze,geg|birzelio,birze"
        "lis,birz|liepos,liepa,liep|rugpjucio,rugpjutis,rugp|rugsejis,rugsejo,rugs|spalio,spalis,spal|lapkricio,lapkrit"
        "is,lapkr|gruodzio,gruodis,gruod"
    ),
    "lv": (
        "janvaris,janvara,janvari,janv|februaris,februara,februari,febr|marta,marts|aprilis,aprila,aprili,apr|maija,mai"
        "js|junija,junijs,jun|julija,julijs,jul|augusta,augusts,aug|septembris,septembra,septembri,sept|oktobris,oktobr"
        "a,oktobri,okt|novembris,novembra,novembri,nov|decembris,decembra,decembri,dec"
    ),
    "et": (
        "jaanuaril,jaanuar,jaan|veebruaril,veebruar,veebr|martsil,marts|aprillil,aprill,apr|mail,mai|juunil,juuni|juuli"
        "l,juuli|augustil,august,aug|septembril,september,sept|oktoobril,oktoober,okt|novembril,november,nov|detsembril"
        ",detsember,dets"
    ),
    "fi": (
        "tammikuuta,tammikuu,tammi|helmikuuta,helmikuu,helmi|maaliskuuta,maaliskuu,maalis|huhtikuuta,huhtikuu,huhti|tou"
        "kokuuta,toukokuu,touko|kesakuuta,kesakuu,kesa|heinakuuta,heinakuu,heina|elokuuta,elokuu,elo|syyskuuta,syyskuu,"
        "syys|lokakuuta,lokakuu,loka|marraskuuta,marraskuu,marras|joulukuuta,joulukuu,joulu"
    ),
    "sv": (
        "januari,jan|februari,feb|mars|april,apr|maj|juni|juli|augusti,aug|september,sep|oktober,okt|november,nov|decem"
        "ber,dec"
    ),
    "da": (
        "januar,jan|februar,feb|marts,mar|april,apr|maj|juni,jun|juli,jul|august,aug|september,sep|oktober,okt|november"
        ",nov|december,dec"
    ),
    "nb": (
        "januar,jan|februar,feb|mars,mar|april,apr|mai|juni,jun|juli,jul|august,aug|september,sep|oktober,okt|november,"
        "nov|desember,des"
    ),
    "nn": (
        "januar,jan|februar,feb|mars,mar|april,apr|mai|juni,jun|juli,jul|august,aug|september,sep|oktober,okt|november,"
        "nov|desember,des"
    ),
    "cs": (
        "leden,ledna,led|unora,unor,uno|brezen,brezna,bre|duben,dubna,dub|kveten,kvetna,kve|cerven,cervna,cvn|cervence,"
        "cervenec,cvc|srpen,srpna,srp|zari,zar|rijen,rijna,rij|listopadu,listopad,lis|prosince,prosinec,pro"
    ),
    "sk": (
        "januara,januar,jan|februara,februar,feb|marca,marec,mar|aprila,april,apr|maja,maj|juna,jun|jula,jul|augusta,au"
        "gust,aug|september,septembra,sep|oktober,oktobra,okt|november,novembra,nov|december,decembra,dec"
    ),
    "hu": (
        "januar,jan|februar,febr|marcius,marc|aprilis,apr|majus,maj|junius,jun|julius,jul|augusztus,aug|szeptember,szep"
        "t|oktober,okt|november,nov|december,dec"
    ),
    "bg": (
        "януари,яну|февруари,февр,фев|март|април,апр|маи|юни|юли|август,авг|септември,септ,сеп|октомври,окт|ноември,ное"
        "|декември,дек"
    ),
    "sr": (
        "januar,јануар,jan,јан|februar,фебруар,feb,феб|mart,март,mar,мар|april,април,apr,апр|maj,мај|jun,јун|jul,јул|av"
        "gust,август,avg,авг|septembar,септембар,sep,сеп|oktobar,октобар,okt,окт|novembar,новембар,nov,нов|decembar,дец"
        "ембар,dec,дец"
    ),
    "mk": (
        "јануари,јан|февруари,фев|март,мар|април,апр|мај|јуни,јун|јули,јул|август,авг|септември,сеп|октомври,окт|ноемвр"
        "и,ное|декември,дек"
    ),
    "hr": (
        "sijecanj,sijecnja,sij|veljaca,veljace,velj|ozujak,ozujka,ozu|travanj,travnja,tra|svibanj,svibnja,svi|lipanj,li"
        "pnja,lip|srpanj,srpnja,srp|kolovoza,kolovoz,kol|rujan,rujna,ruj|listopada,listopad,lis|studenoga,studenog,stud"
        "eni,stu|prosinac,prosinca,pro"
    ),
    "sl": (
        "januar,jan|februar,feb|marec,mar|april,apr|maj|junij,jun|julij,jul|avgust,avg|september,sep|oktober,okt|novemb"
        "er,nov|december,dec"
    ),
    "el": (
        "ιανουαριοσ,ιανουαριου,ιαν|φεβρουαριοσ,φεβρουαριου,φεβ|μαρτιοσ,μαρτιου,μαρτησ,μαρτη,μαρ|απριλιοσ,απριλιου,απρ|μ"
        "αιοσ,μαιου,μαησ,μαη,μαι|ιουνιοσ,ιουνιου,ιουν|ιουλιοσ,ιουλιου,ιουλ|αυγουστοσ,αυγουστου,αυγ|σεπτεμβριοσ,σεπτεμβρ"
        "ιου,σεπτ,σεπ|οκτωβριοσ,οκτωβριου,οκτ|νοεμβριοσ,νοεμβριου,νοεμ,νοε|δεκεμβριοσ,δεκεμβριου,δεκ"
    ),
    "tr": (
        "ocak,oca|subat,sub|mart,mar|nisan,nis|mayis,may|haziran,haz|temmuz,tem|agustos,agu|eylul,eyl|ekim,eki|kasim,ka"
        "s|aralik,ara"
    ),
    "ka": (
        "იანვარი,იანვარს,იან|თებერვალი,თებერვალს,თებ|მარტი,მარტს,მარ|აპრილი,აპრილს,აპრ|მაისი,მაისს,მაი|ივნისი,ივნისს,ივ"
        "ნ|ივლისი,ივლისს,ივლ|აგვისტოს,აგვისტო,აგვ|სექტემბერი,სექტემბერს,სექ|ოქტომბერი,ოქტომბერს,ოქტ|ნოემბერი,ნოემბერს,ნ"
        "ოე|დეკემბერი,დეკემბერს,დეკ"
    ),
    "hy": (
        "հունվարի,հունվար,հնվ|փետրվարի,փետրվար,փտվ|մարտի,մարտ,մրտ|ապրիլի,ապրիլ,ապր|մայիսի,մայիս,մյս|հունիսի,հունիս,հնս|"
        "հուլիսի,հուլիս,հլս|օգոստոսի,օգոստոս,օգս|սեպտեմբերի,սեպտեմբեր,սեպ|հոկտեմբերի,հոկտեմբեր,հոկ|նոյեմբերի,նոյեմբեր,ն"
        "ոյ|դեկտեմբերի,դեկտեմբեր,դեկ"
    ),
    "az": (
        "yanvar,yan|fevral,fev|mart,mar|aprel,apr|may|iyun,iyn|iyul,iyl|avqust,avq|sentyabr,sen|oktyabr,okt|noyabr,noy|"
        "dekabr,dek"
    ),
    "kk": (
        "қаңтарда,қаңтар,yan,қаң|ақпанда,ақпан,fev,ақп|наурызда,наурыз,mar,нау|сәуірде,сәуір,apr,сәу|мамырда,мамыр,may,"
        "мам|маусымда,маусым,iyn,мау|шілдеде,шілде,iyl,шіл|тамызда,тамыз,avq,там|қыркүиекте,қыркүиек,sen,қыр|қазанда,қа"
        "зан,okt,қаз|қарашада,қараша,noy,қар|желтоқсанда,желтоқсан,dek,жел"
    ),
    "ky": (
        "январь,янв|февраль,фев|март,мар|апрель,апр|маи|июнь,июн|июль,июл|август,авг|сентябрь,сен|октябрь,окт|ноябрь,но"
        "я|декабрь,дек"
    ),
    "uz": (
        "yanvar,январ,yan|fevral,феврал,fev|mart,mar|aprel,apr|may|iyun,iyn|iyul,iyl|avgust,avg|sentyabr,sentabr,sen|ok"
        "tyabr,oktabr,okt|noyabr,noy|dekabr,dek"
    ),
    "tg": (
        "yanvar,январ,yan,янв|fevral,феврал,fev,фев|mart,март,mar,мар|aprel,апрел,apr,апр|may,маи|iyun,iyn,июн|iyul,iyl"
        ",июл|avqust,август,avq,авг|sentyabr,сентябр,sen,сен|oktyabr,октябр,okt,окт|noyabr,ноябр,noy,ноя|dekabr,декабр,"
        "dek,дек"
    ),
    "ar": (
        "كانون_الثاني,yanvar,جانفي,يناير,ينير,yan|fevral,فبراير,فيفري,شباط,fev|mart,اذار,مارس,mar|aprel,ابريل,افريل,نيس"
        "ان,apr|ايار,مايو,may,ماي|حزيران,يونيه,يونيو,iyun,جوان,iyn|جويلية,يوليه,يوليو,iyul,تموز,iyl|avqust,اغسطس,avq,او"
        "ت,غشت,اب|sentyabr,سبتمبر,ايلول,شتنبر,sen|تشرين_الاول,oktyabr,اكتوبر,okt|تشرين_الثاني,noyabr,نوفمبر,نونبر,noy|ك"
        "انون_الاول,dekabr,ديسمبر,دجنبر,dek"
    ),
    "fa": (
        "ژانویه,yan|فوریه,fev|مارس,mar|اوریل,apr|may,مه,می|ژوين,iyn|جولای,ژويیه,iyl|اگوست,avq,اوت|سپتامبر,sen|اکتبر,okt"
        "|نوامبر,noy|دسامبر,dek"
    ),
    "he": (
        "בyanvar,yanvar,בינואר,בינו׳,ינואר,בyan,ינו׳,yan|בfevral,בפברואר,fevral,פברואר,בפבר׳,בfev,פבר׳,fev|בmart,mart,ב"
        "mar,במרץ,mar,מרץ|בaprel,באפריל,aprel,אפריל,באפר׳,אפר׳,בapr,apr|בmay,במאי,may,מאי|בiyun,ביוני,iyun,בiyn,יוני,iy"
        "n|בiyul,ביולי,iyul,בiyl,יולי,iyl|בavqust,באוגוסט,avqust,אוגוסט,באוג׳,אוג׳,בavq,avq|בsentyabr,sentyabr,בספטמבר,"
        "ספטמבר,בספט׳,בsen,ספט׳,sen|בoktyabr,באוקטובר,oktyabr,אוקטובר,באוק׳,אוק׳,בokt,okt|בnoyabr,בנובמבר,noyabr,נובמבר"
        ",בנוב׳,בnoy,נוב׳,noy|בdekabr,dekabr,בדצמבר,בדצמ׳,דצמבר,בdek,דצמ׳,dek"
    ),
    "sq": (
        "yanvar,janar,jan,yan|fevral,shkurt,fev,shk|mars,mart,mar|aprel,prill,apr,pri|maj,may|qershor,iyun,iyn,qer|korr"
        "ik,iyul,korr,iyl|avqust,gusht,gush,avq|sentyabr,shtator,sen,sht|oktyabr,tetor,okt,tet|nentor,noyabr,nen,noy|dh"
        "jetor,dekabr,dek,dhj"
    ),
    "ca": (
        "gener,gen|febrer,febr|marc|abril,abr|maig|juny|juliol,jul|agost,ag|setembre,set|octubre,oct|novembre,nov|desem"
        "bre,des"
    ),
    "is": (
        "januar,yanvar,jan,yan|februar,fevral,feb,fev|mars,mart,mar|aprel,april,apr|mai,may|iyun,juni,iyn,jun|iyul,juli"
        ",iyl,jul|avqust,agust,agu,avq|september,sentyabr,sen,sep|oktober,oktyabr,okt|november,noyabr,nov,noy|desember,"
        "dekabr,dek,des"
    ),
    "id": (
        "januari,yanvar,jan,yan|februari,fevral,feb,fev|maret,mart,mar|aprel,april,apr|may,mei|iyun,juni,iyn,jun|iyul,j"
        "uli,iyl,jul|agustus,avqust,agu,avq|september,sentyabr,sen,sep|oktober,oktyabr,okt|november,noyabr,nov,noy|dese"
        "mber,dekabr,dek,des"
    ),
    "th": (
        "yanvar,มกราคม,yan,ม.ค|กมภาพันธ์,fevral,fev,ก.พ|มีนาคม,mart,มี.ค,mar|เมษายน,aprel,เม.ย,apr|พฤษภาคม,may,พ.ค|มิถน"
        "ายน,iyun,มิ.ย,iyn|กรกฎาคม,iyul,iyl,ก.ค|สิงหาคม,avqust,avq,ส.ค|sentyabr,กันยายน,sen,ก.ย|oktyabr,ตลาคม,okt,ต.ค|พ"
        "ฤศจิกายน,noyabr,noy,พ.ย|ธันวาคม,dekabr,dek,ธ.ค"
    ),
    "hi": (
        "yanvar,जनवरी,yan,जन॰|fevral,फरवरी,fev,फर॰|mart,मारच,mar|aprel,अपरैल,apr|may,मई|iyun,iyn,जून|जुलाई,iyul,जुल॰,iy"
        "l|avqust,अगसत,avq,अग॰|sentyabr,सितंबर,सित॰,sen|oktyabr,अकटूबर,अकटू॰,okt|noyabr,नवंबर,noy,नव॰|dekabr,दिसंबर,दिस"
        "॰,dek"
    ),
    "bs": (
        "januar,yanvar,jan,yan|februar,fevral,feb,fev|mart,mar|aprel,april,apr|maj,may|iyun,juni,iyn,jun|iyul,juli,iyl,"
        "jul|august,avqust,aug,avq|septembar,sentyabr,sen,sep|oktobar,oktyabr,okt|novembar,noyabr,nov,noy|decembar,deka"
        "br,dec,dek"
    ),
    "ga": (
        "eanair,yanvar,ean,yan|feabhra,fevral,feabh,fev|marta,mart,mar|aibrean,aprel,aib,apr|bealtaine,beal,may|meithea"
        "mh,meith,iyun,iyn|iuil,iyul,iyl|avqust,lunasa,avq,lun|mean_fomhair,sentyabr,mfomh,sen|deireadh_fomhair,oktyabr"
        ",dfomh,okt|samhain,noyabr,samh,noy|nollaig,dekabr,noll,dek"
    ),
    "mt": (
        "jannar,yanvar,jan,yan|fevral,frar,fev,fra|marzu,mart,mar|aprel,april,apr|mejju,may,mej|gunju,iyun,gun,iyn|lulj"
        "u,iyul,iyl,lul|awwissu,avqust,avq,aww|settembru,sentyabr,sen,set|oktyabr,ottubru,okt,ott|novembru,noyabr,nov,n"
        "oy|dicembru,dekabr,dek,dic"
    ),
    "eu": (
        "urtarrila,yanvar,urt,yan|otsaila,fevral,fev,ots|martxoa,mart,mar|apirila,aprel,api,apr|maiatza,mai,may|ekaina,"
        "iyun,eka,iyn|uztaila,iyul,iyl,uzt|abuztua,avqust,abu,avq|sentyabr,iraila,ira,sen|oktyabr,urria,okt,urr|azaroa,"
        "noyabr,aza,noy|abendua,dekabr,abe,dek"
    ),
}

PERSIAN: Final = (
    "فروردین,حمل|اردیبهشت,ثور|خرداد,جوزا|تیر,سرطان|مرداد,امرداد,اسد|شهریور,سنبله|مهر,میزان|آبان,ابان,عقرب"
    "|آذر,اذر,قوس|دی,جدی|بهمن,دلو|اسفند,حوت"
)
"""The Solar Hijri months from Farvardin on, with their Afghan names."""
# fmt: on
